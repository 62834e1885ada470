"""Visual ChatGPT rebuilt: thoughts, actions with one text each, and observations."""

from pathlib import Path

from evals.peers.workspace import MAX_STEPS
from tests.evals.conftest import INSPECT
from tests.evals.peers.scripted_peer import PHOTO, ask, kinds

pytestmark = INSPECT

NAME = "visual-chatgpt"


def act(tool: str, text: str) -> str:
    return f"Thought: Do I need to use a tool? Yes\nAction: {tool}\nAction Input: {text}"


def say(text: str) -> str:
    return f"Thought: Do I need to use a tool? No\nAI: {text}"


async def test_files_are_passed_on_by_name(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        NAME,
        act("box", "0, 0, 300, 400"),
        act("crop", "image1.png, box1.json"),
        act("grayscale", "image2.png") + "\nObservation: image9.png, which it made up",
        act("combine", "image2.png, image3.png, column"),
        say("Here it is: image4.png"),
    )

    assert (attempt.state, attempt.failures) == ("done", [])
    assert attempt.answer == "Here it is: image4.png"
    assert [command.tool for command in attempt.commands] == ["box", "crop", "grayscale", "combine"]
    assert attempt.commands[-1].shown == "a picture of 300×806 pixels"
    assert [result.name for result in attempt.results] == ["image"]
    assert "made up" not in attempt.plan
    assert attempt.spent.language_model_calls == 5


async def test_values_of_an_input_may_be_left_out(tmp_path: Path):
    attempt = await ask(
        tmp_path, NAME, act("resize", "image1.png, , , 0.5"), say("Smaller: image2.png")
    )

    assert attempt.failures == []
    assert attempt.commands[0].shown.startswith("a picture of 300×")


async def test_steps_that_fail_are_observed_and_recorded_by_kind(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        NAME,
        "I will make it grey.",
        act("sharpen", "image1.png"),
        act("crop", "image1.png"),
        act("resize", "image1.png, wide"),
        act("tear", "image1.png"),
        say("I could not."),
    )

    assert kinds(attempt) == [
        "unparsable output",
        "unknown tool",
        "wrong argument",
        "wrong argument",
        "tool error",
    ]
    assert (attempt.state, attempt.answer) == ("done", "I could not.")


async def test_a_loop_without_an_end_is_stopped(tmp_path: Path):
    attempt = await ask(tmp_path, NAME, *[act("grayscale", "image1.png")] * MAX_STEPS)

    assert (attempt.state, attempt.answer) == ("failed", "")
    assert kinds(attempt) == ["too many steps"]
    assert attempt.spent.language_model_calls == MAX_STEPS


async def test_a_language_model_that_fails_leaves_no_answer(tmp_path: Path):
    attempt = await ask(tmp_path, NAME, act("grayscale", "image1.png"), photos=(PHOTO, PHOTO))

    assert (attempt.state, kinds(attempt)) == ("failed", ["no answer"])
