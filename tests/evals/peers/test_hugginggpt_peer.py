"""HuggingGPT rebuilt: tasks as JSON, a model for each, and a response."""

import json
from pathlib import Path
from typing import Any

from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.peers.hugginggpt_peer import answer_as_hugginggpt
from evals.peers.workspace import Workspace
from tests.evals.conftest import INSPECT
from tests.evals.peers.scripted_peer import PHOTO, ask, kinds
from tools.media.open_untrusted import open_media

pytestmark = INSPECT

NAME = "hugginggpt"


def task(number: int, name: str, *dep: int, **args: Any) -> dict[str, Any]:
    return {"task": name, "id": number, "dep": list(dep) or [-1], "args": args}


def tasks(*entries: dict[str, Any]) -> str:
    return json.dumps(entries)


async def test_tasks_use_the_results_of_earlier_ones(tmp_path: Path):
    plan = tasks(
        task(0, "box", left=0, top=0, right=300, bottom=400),
        task(1, "crop", 0, image="image1.png", region="<GENERATED>-0"),
        task(2, "grayscale", 1, image="<GENERATED>-1"),
        task(3, "combine", 1, 2, images=["<GENERATED>-1", "<GENERATED>-2"]),
    )

    attempt = await ask(tmp_path, NAME, f"```json\n{plan}\n```", "Here it is: image4.png")

    assert (attempt.state, attempt.failures) == ("done", [])
    assert [command.tool for command in attempt.commands] == ["box", "crop", "grayscale", "combine"]
    assert attempt.commands[-1].shown.startswith("a picture of 60")
    assert attempt.answer == "Here it is: image4.png"
    assert [result.name for result in attempt.results] == ["image"]
    assert attempt.spent.language_model_calls == 2


async def test_a_request_without_tasks_is_answered_at_once(tmp_path: Path):
    attempt = await ask(tmp_path, NAME, "[]", "1440 minutes.", photos=())

    assert (attempt.answer, attempt.commands, attempt.failures) == ("1440 minutes.", [], [])


async def test_output_that_is_no_list_of_tasks_leads_to_a_reply(tmp_path: Path):
    for reply in ("I would make it grey.", '[{"id": 0}]', tasks(task(0, "box"), task(0, "crop"))):
        attempt = await ask(tmp_path, NAME, reply, "I cannot see it.")

        assert kinds(attempt) == ["unparsable output"]
        assert (attempt.state, attempt.answer) == ("done", "I cannot see it.")


async def test_tasks_that_fail_are_recorded_by_kind_and_what_needs_them_is_left_out(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        NAME,
        tasks(
            task(0, "sharpen", image="image1.png"),
            task(1, "grayscale", 0, image="<GENERATED>-0"),
            task(2, "resize", image="image7.png", width=10),
        ),
        "I could not do it.",
    )

    assert sorted(kinds(attempt)) == ["unknown tool", "wrong argument"]
    assert attempt.commands == []

    attempt = await ask(tmp_path, NAME, tasks(task(0, "tear", image="image1.png")), "It failed.")
    assert kinds(attempt) == ["tool error"]


async def test_a_language_model_that_fails_leaves_no_answer(tmp_path: Path):
    attempt = await ask(tmp_path, NAME, "[]")

    assert (attempt.state, kinds(attempt)) == ("failed", ["no answer"])


class TwoModels(Workspace):
    """A workspace with two models for a tool; the call says which one it would run."""

    def candidate_models(self, name: str) -> list[dict[str, str]]:
        return [{"id": "small", "description": ""}, {"id": "large", "description": ""}]

    async def call(self, name: str, arguments: Any, pin: str = "") -> Any:
        return f"{name} by {pin}"


async def test_a_model_is_chosen_where_there_are_several(tmp_path: Path):
    script = tmp_path / "replies"
    plan = tasks(task(0, "grayscale", image="image1.png"))
    replies = [plan, 'I take {"id": "large", "reason": "best"}', "Done.", plan, '{"id": "huge"}']
    script.write_text("\n---\n".join([*replies, "Failed.", plan, "the large one", "Failed."]))
    async with AgentRuntime.open(Settings(language_model=f"scripted:{script}")) as agent:
        workspaces = [TwoModels(agent.session, [open_media(PHOTO)]) for _ in range(3)]
        answers = [await answer_as_hugginggpt(workspace, "Grey") for workspace in workspaces]

    assert answers == ["Done.", "Failed.", "Failed."]
    failures = [[failure.kind for failure in workspace.failures] for workspace in workspaces]
    assert failures == [[], ["wrong argument"], ["unparsable output"]]
