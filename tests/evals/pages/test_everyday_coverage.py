"""The requests of docs/coverage.md for everyday tools: all are there, and their outcomes are right.

With the right plan of each request the tools run, so that a wrong verdict on the page is one of the
planner's.
"""

from pathlib import Path

import pytest

from agent.plan import read_plan, tools_of
from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.named_plans import NamedPlans
from evals.harness.agent_run import collect_run
from evals.pages.coverage_page import CoverageRequest, find_coverage_faults, requests
from tests.requirements import require_weights
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.sdk.plan_types import Type
from tools.sdk.registry import Registry
from tools.sdk.tool_check import SAMPLES

EVERYDAY = """
    blur pixelate rotate straighten flip resize brighten contrast saturate sharpen sepia invert
    border rounded shadow write_on collage replace_background highlight compare_side_by_side
    to_format volume normalize fade speed pitch reverse mix silence_cut repeat cut_video speed_video
    reverse_video resize_video crop_video rotate_video mute to_gif write_subtitles srt_of
    blur_in_video still shots rank_moments read_document page_picture to_csv notes piano_roll
    clean_sound same_voice drawing_faults
"""
NAMES = {
    "image1": Type("Image"), "image2": Type("Image"), "image3": Type("Image"),
    "audio1": Type("Audio"), "audio2": Type("Audio"), "video1": Type("Video"),
    "document1": Type("Document"), "tune": Type("Audio"),
}  # fmt: skip
TOOLS = Registry.load(user_folder=Path("/nowhere"))
CALLEES = {**TOOLS, **NamedPlans.load(TOOLS)}
PROFILE = Profile.load("offline", Catalogue.load(Path("/nowhere")))
COMPOSE = 'tune = make_music("lively", seconds=5)\nsay("{tune}")'


def models_of(request: CoverageRequest) -> list[str]:
    """Return the best model of each tool that the plan calls."""
    checked = read_plan(request.plan, CALLEES, NAMES)
    tools = [tool.name for tool in tools_of(checked)]
    tools += ["make_music"] * bool(request.then)
    return [PROFILE.cards_for(name)[0].id for name in tools if PROFILE.cards_for(name)]


def test_every_everyday_tool_is_asked_for() -> None:
    in_requests = {tool for request in requests() for plan in request.plans for tool in plan}

    assert set(EVERYDAY.split()) - in_requests == set()


def test_a_right_plan_calls_tools_that_are_accepted() -> None:
    for request in requests():
        if request.plan:
            checked = read_plan(request.plan, CALLEES, NAMES)
            names = sorted(tool.name for tool in tools_of(checked))
            assert any(set(names) == set(plan) for plan in request.plans), request.request


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(
            request, id=request.request, marks=[pytest.mark.real] if models_of(request) else []
        )
        for request in requests()
        if request.plan
    ],
)
async def test_the_right_plan_has_the_expected_outcome(request_: CoverageRequest) -> None:
    require_weights(*models_of(request_))
    files = [SAMPLES[file] for file in request_.files]
    async with AgentRuntime.open(Settings(language_model="scripted:none.txt")) as agent:
        conversation = ""
        if request_.then:
            first = await collect_run(agent.run(request_.request, files, plan=COMPOSE))
            conversation, files = first.outcome.run, []
        run = await collect_run(
            agent.run(
                request_.then or request_.request,
                files,
                plan=request_.plan,
                conversation=conversation,
            )
        )
        faults = await find_coverage_faults(agent, request_, run)

    assert run.outcome.state == "done", run.outcome.error
    assert faults == []
