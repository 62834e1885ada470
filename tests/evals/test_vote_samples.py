"""Votes become samples with their files and turns, and only accepted ones count."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.web.store.votes import Votes
from evals.eval_command import app
from evals.harness.agent_run import collect_run
from evals.harness.run_suite import SuiteOptions, run_suite
from evals.scoring.eval_logs import attempt_of_sample, scores_of
from evals.vote_samples import (
    VoteSample,
    accepted_samples,
    collect_votes,
    read_vote_samples,
    write_vote_samples,
)
from tests.evals.conftest import INSPECT
from tools.errors import InputError
from tools.home import home
from tools.sdk.tool_check import SAMPLES

pytestmark = INSPECT

FOLDER = Path("vote-samples")


async def run(request: str, plan: str, *files: Path, conversation: str = "") -> str:
    async with AgentRuntime.open(Settings()) as agent:
        events = agent.run(request, list(files), plan=plan, conversation=conversation)
        return (await collect_run(events)).outcome.run


async def vote_on_two_turns() -> str:
    """Let a person vote on the second turn of a conversation about a picture."""
    await run(
        "make it grey", 'g = grayscale(image1)\nsay("{g}")', SAMPLES["photo"], conversation="c"
    )
    second = await run("half as large", "say(resize(g, factor=0.5))", conversation="c")
    Votes(home()).add(second, False, "too small")
    return second


def sample(**fields: object) -> VoteSample:
    defaults = {"run": "r", "up": True, "reason": "", "request": "?", "files": []}
    return VoteSample.model_validate({**defaults, "plan": "", "answer": "", **fields})


async def test_a_vote_becomes_an_open_sample_with_its_files_and_turns() -> None:
    voted = await vote_on_two_turns()

    (found,), fresh = collect_votes(home(), FOLDER)

    assert (fresh, found.run, found.review) == (1, voted, "open")
    assert (found.up, found.reason, found.request) == (False, "too small", "half as large")
    (turn,) = found.earlier
    assert turn.request == "make it grey"
    assert (FOLDER / turn.files[0]).stat().st_size > 1000
    assert collect_votes(home(), FOLDER) == ([found], 0)


async def test_what_a_reviewer_wrote_stays_when_new_votes_come() -> None:
    first = await run("hello", 'say("Hello!")')
    Votes(home()).add(first, True)
    collect_votes(home(), FOLDER)
    (found,) = read_vote_samples(FOLDER)
    write_vote_samples(FOLDER, [found.model_copy(update={"review": "rejected", "note": "talk"})])
    Votes(home()).add(await run("bye", 'say("Bye!")'), True)

    samples, fresh = collect_votes(home(), FOLDER)

    assert fresh == 1
    assert [(s.request, s.review, s.note) for s in samples] == [
        ("hello", "rejected", "talk"),
        ("bye", "open", ""),
    ]


def test_no_sample_counts_before_a_person_has_accepted_it() -> None:
    write_vote_samples(FOLDER, [sample(), sample(run="x", review="rejected", says=[["a"]])])

    with pytest.raises(InputError, match="there is no accepted sample"):
        accepted_samples(FOLDER)
    write_vote_samples(FOLDER, [sample(review="accepted")])
    with pytest.raises(InputError, match="has nothing that can be checked"):
        accepted_samples(FOLDER)


async def test_a_sample_is_accepted_in_the_review_and_then_run(tmp_path: Path) -> None:
    Votes(home()).add(await run("What is 6 times 7?", 'n = 6 * 7\nsay("{n}")'), True)

    shown = CliRunner().invoke(
        app, ["votes", "--review"], input="a\n42|forty-two\n\n\n", catch_exceptions=False
    )

    assert shown.exit_code == 0, shown.output
    assert "request: What is 6 times 7?" in shown.output
    (line,) = (FOLDER / "samples.jsonl").read_text().splitlines()
    assert json.loads(line)["says"] == [["42", "forty-two"]]
    Path("replies").write_text('say("It is 41.")')
    arguments = {"samples": str(FOLDER), "llm": "scripted:replies"}
    log = await run_suite(SuiteOptions("answers", arguments), tmp_path / "runs", resume=False)
    (judged,) = scores_of(log)["answered_rightly"]
    assert (judged.value, judged.failure) == (0, "answer")


@pytest.mark.slow
async def test_a_conversation_is_repeated_turn_by_turn(tmp_path: Path) -> None:
    await vote_on_two_turns()
    (found,), _ = collect_votes(home(), FOLDER)
    half = [{"kind": "image", "width": [300, 300], "saturation": [0, 1]}]
    accepted = {**found.model_dump(), "review": "accepted", "shows": half}
    write_vote_samples(FOLDER, [VoteSample.model_validate(accepted)])

    arguments = {"samples": str(FOLDER), "right_plans": 1}
    log = await run_suite(SuiteOptions("answers", arguments), tmp_path / "runs", resume=False)

    (judged,) = scores_of(log)["answered_rightly"]
    assert judged.value == 1
    assert attempt_of_sample((log.samples or [])[0]).earlier[0].request == "make it grey"
