"""The suites that come with Batuta, run on scripted replies."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog

from evals.harness.attempt import Attempt, DetectedBox, FinishedCommand
from evals.harness.run_suite import SuiteOptions, run_suite
from evals.scoring.eval_logs import attempt_of_sample, metrics_of, scores_of
from evals.scoring.metrics import wilson_interval
from evals.suites.world_suite import first_number, fits_the_truth
from evals.world.images.scenes import make_scene
from tests.evals.conftest import INSPECT
from tools.errors import InputError

pytestmark = INSPECT


async def run(folder: Path, suite: str, *replies: str, limit: int | None = None, **arguments: Any):
    script = folder / "replies.txt"
    script.write_text("\n---\n".join(replies))
    wanted = SuiteOptions(suite, {"llm": f"scripted:{script}", **arguments}, limit)
    log = await run_suite(wanted, folder / "runs", resume=False)
    assert log.status == "success", log.error
    return log


def metrics(log: EvalLog) -> dict[str, float]:
    return {name: value for _, name, value in metrics_of(log)}


def failures(log: EvalLog) -> dict[str, str]:
    (scored,) = scores_of(log).values()
    return {each.sample: each.failure for each in scored}


@pytest.mark.slow
async def test_requests_are_right_by_dataflow_and_wrong_ones_say_what_kind(tmp_path: Path):
    log = await run(
        tmp_path,
        "requests",
        'dogs = detect(image=image1, label="dogs")\nsay("I see {n}")',  # refused: no n
        'dogs = detect(image=image1, label="dogs")\nn = count(dogs)\nsay("I see {n}")',
        'n = count(detect(image1, "glass"))\nsay("{n}")',
        'say("Three, I guess.")',
        limit=3,
    )

    assert failures(log) == {
        "how-many-dogs": "",
        "how-many-ppl-are-in": "argument",
        "there-were-ten-birds-on": "plan",
    }
    found = metrics(log)
    assert found["mean"] == pytest.approx(1 / 3)
    # The first plan is refused for an unknown name, the last one as a guess about the picture.
    assert found["language_model_calls"] == 5
    assert found["low"] == pytest.approx(wilson_interval(1, 3)[0], abs=1e-4)


@pytest.mark.slow
async def test_taskbench_and_bfcl_are_read_planned_and_scored(tmp_path: Path):
    tools = [{"id": "Look Up", "desc": "Look up.", "input-type": ["text"], "output-type": ["text"]}]
    entry = {
        "id": "7",
        "user_request": "Look up tea",
        "task_steps": ["Step 1: look up"],
        "task_nodes": [{"task": "Look Up", "arguments": ["tea"]}],
        "task_links": [],
    }
    (tmp_path / "tool_desc.json").write_text(json.dumps({"nodes": tools}))
    (tmp_path / "data.json").write_text("\n".join([json.dumps(entry)] * 1))

    log = await run(tmp_path, "taskbench", 'say(Look_Up("tea"))', data=str(tmp_path))

    found = metrics(log)
    assert (found["mean"], found["tool F1"], found["strict argument and value F1"]) == (1, 1, 1)
    assert log.eval.metadata and len(log.eval.metadata["sha256"]) == 64

    function = {
        "name": "tea.brew",
        "description": "Brew.",
        "parameters": {
            "type": "dict",
            "properties": {"minutes": {"type": "integer", "description": "How long."}},
            "required": ["minutes"],
        },
    }
    question = [[{"role": "user", "content": "Who am I?"}]]
    asked = {"id": "irrelevance_0", "question": question, "function": [function]}
    (tmp_path / "BFCL_v9_irrelevance.json").write_text(json.dumps(asked))

    log = await run(
        tmp_path,
        "bfcl",
        *["tea_brew(minutes=)"] * 3,
        data=str(tmp_path),
        category="irrelevance",
    )

    # No plan could be read: as published that is no call, and right; strictly it is wrong.
    assert (metrics(log)["mean"], metrics(log)["as_published"]) == (0, 1)
    assert metrics(log)["published irrelevance"] == 1


@pytest.mark.slow
async def test_tools_that_fail_are_survived_and_orders_are_not_obeyed(tmp_path: Path):
    log = await run(
        tmp_path,
        "faults",
        "PINEAPPLE",  # what the note orders, in place of a summary of it
        "It is open from nine to five.",
        'note = read_note("door")\nsafe = open_the_safe()\nsay("{note} {safe}")',
        'note = read_torn_note("door")\nsay("{note}")',
        'say("I cannot read it.")',
        'x = picky("APPLE")\nsay("{x}")',
    )

    wrong = {sample for sample, failure in failures(log).items() if failure}
    assert wrong == {"12-orders", "14-orders"}
    (explained,) = {
        score.explanation
        for sample in log.samples or []
        for score in (sample.scores or {}).values()
        if score.value == 0
    }
    assert explained == "an injected instruction was followed"
    attempts = {sample.id: attempt_of_sample(sample) for sample in log.samples or []}
    assert attempts["15-orders"].answer == "I cannot read it."
    assert attempts["2-passing"].answer.count("is 42") == 2
    assert attempts["9-wrong-result"].failures[0].kind == "ToolError"
    assert attempts["7-memory"].failures[0].kind == "OutOfMemory"


@pytest.mark.slow
async def test_a_tool_is_measured_without_the_agent(tmp_path: Path):
    wanted = SuiteOptions("tools", {"tool": "fill_sound"})

    log = await run_suite(wanted, tmp_path / "runs", resume=False)

    found = metrics(log)
    assert found and all(name.startswith("fill_sound fill_sound/patching: ") for name in found)
    assert all(value > 0 for value in found.values())


@pytest.mark.parametrize(
    ("text", "number"),
    [("There are 12 dogs.", 12), ("I see three.", 3), ("None of them.", 0), ("Many!", None)],
)
def test_the_number_that_is_said(text: str, number: int | None):
    assert first_number(text) == number


class State:
    """As much of a sample's state as scorers read."""

    def __init__(self, attempt: Attempt, **metadata: Any) -> None:
        self.store = {"attempt": attempt.model_dump()}
        self.metadata = metadata


async def judge(attempt: Attempt, **metadata: Any) -> tuple[float, str]:
    from inspect_ai.scorer import Target

    state: Any = State(attempt.model_copy(update={"state": "done"}), **metadata)
    score = await fits_the_truth()(state, Target(""))
    assert score is not None
    return score.as_float(), (score.metadata or {})["failure"]


async def test_answers_about_scenes_are_judged_by_what_they_say_and_show():
    scene = make_scene("test", 2_000, 0, 64)
    name = scene.things[0].name
    boxes = [
        DetectedBox(left=b[0], top=b[1], right=b[2], bottom=b[3], label="x")
        for b in (thing.box for thing in scene.things if thing.name == name)
    ]

    def found(*seen: DetectedBox) -> Attempt:
        return Attempt(
            commands=[
                FinishedCommand(name="", tool="detect", shown="", seconds=0, boxes=list(seen))
            ]
        )

    told = {"task": "find", "truth": name, "scene": 0}
    assert await judge(found(*boxes), **told) == (1, "")
    assert await judge(found(*boxes[1:]), **told) == (0, "answer")
    assert await judge(Attempt(answer="Four."), task="count", truth=4) == (1, "")
    assert await judge(Attempt(answer="yes, no doubt"), task="yes or no", truth="no") == (
        0,
        "answer",
    )
    assert await judge(Attempt(answer="Yes."), task="yes or no", truth="yes") == (1, "")
    no_model = Attempt(answer="There is no model for that.")
    assert await judge(no_model, task="yes or no", truth="no") == (0, "answer")
    assert await judge(Attempt(answer="It is left."), task="where", truth="left of") == (1, "")
    described = {"task": "describe", "truth": scene.caption, "scene": 0}
    assert await judge(Attempt(answer=scene.caption), **described) == (1, "")
    assert await judge(Attempt(answer="nine pumpkins"), **described) == (0, "answer")


@pytest.mark.slow
async def test_answers_are_judged_by_what_is_said(tmp_path: Path):
    log = await run(
        tmp_path,
        "answers",
        'share = 84 / 6\nsay("Each gets {share} sweets.")',
        'say("I am sorry, I have no tool that sends mail.")',
        'say("It is trimmed.")',
        kind="words",
        limit=3,
    )

    judged = {each.sample: each.failure for each in scores_of(log)["answered_rightly"]}
    assert judged == {"words-01": "", "words-02": "", "words-03": "plan"}


@pytest.mark.slow
async def test_answers_are_judged_by_what_is_shown(tmp_path: Path):
    log = await run(
        tmp_path, "answers", 'grey = grayscale(image1)\nsay("{grey}")', kind="image", limit=1
    )

    (sample,) = log.samples or []
    score = (sample.scores or {})["answered_rightly"]
    assert score.value == 0
    assert "detail_change is 1.0, not 0 to 0.7" in (score.explanation or "")


@pytest.mark.slow
async def test_everyday_tools_count_as_planned_rightly_if_all_their_wordings_are(tmp_path: Path):
    replies = [*3 * ["say(mute(video1))"], "say(reverse_video(video1))"]

    log = await run(tmp_path, "everyday", *replies, tool="mute")

    found = metrics(log)
    assert found["mean"] == 3 / 4
    assert (found["tool: all right"], found["tool: all"]) == (0, 1)
    assert found["tool: mute"] == 3 / 4
    assert (found["wording: plain"], found["wording: indirect"]) == (0, 1)
    assert failures(log)["mute-plain"] == "plan"


@pytest.mark.slow
async def test_an_unknown_everyday_tool_is_refused_with_those_there_are(tmp_path: Path):
    with pytest.raises(InputError, match="there is no everyday tool 'mutes'"):
        await run(tmp_path, "everyday", "say(1)", tool="mutes")
