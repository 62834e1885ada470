"""smolagents' loops with our language model and our tools."""

from pathlib import Path

from evals.peers.workspace import MAX_STEPS
from tests.evals.conftest import INSPECT
from tests.evals.peers.scripted_peer import ask, kinds

pytestmark = INSPECT

CALLS, CODE = "smolagents-calls", "smolagents-code"


def call(name: str, arguments: str) -> str:
    return f'Action:\n{{"name": "{name}", "arguments": {arguments}}}'


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


async def test_calls_written_as_json_pass_pictures_on_by_name(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        CALLS,
        call("box", '{"left": 0, "top": 0, "right": 300, "bottom": 400}'),
        call("crop", '{"image": "image1", "region": "box1"}'),
        call("grayscale", '{"image": "image2"}'),
        call("final_answer", '{"answer": "Here it is: image3"}'),
    )

    assert (attempt.state, attempt.answer, attempt.failures) == ("done", "Here it is: image3", [])
    assert [command.tool for command in attempt.commands] == ["box", "crop", "grayscale"]
    assert [result.name for result in attempt.results] == ["image"]
    assert attempt.spent.language_model_calls == 4
    assert attempt.spent.input_tokens > attempt.spent.output_tokens > 0


async def test_calls_written_as_python_use_the_results_themselves(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        CODE,
        code(
            "half = crop(image1, box(left=0, top=0, right=300, bottom=400))\n"
            "final_answer(grayscale(image=half))"
        ),
    )

    assert (attempt.state, attempt.answer) == ("done", "a picture of 300×400 pixels")
    assert len(attempt.results) == 1


async def test_calls_that_fail_are_recorded_by_kind_and_the_loop_goes_on(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        CALLS,
        "Let me think about it.",
        call("sharpen", '{"image": "image1"}'),
        call("crop", '{"image": "image1"}'),
        call("grayscale", '{"image": "no such picture"}'),
        call("tear", '{"image": "image1"}'),
        call("final_answer", '{"answer": "I could not."}'),
    )

    assert attempt.answer == "I could not."
    assert kinds(attempt) == [
        "unparsable output",
        "unknown tool",
        "wrong argument",
        "wrong argument",
        "tool error",
    ]
    assert "the scissors are blunt" in attempt.failures[-1].error


async def test_code_that_fails_is_recorded_by_kind(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        CODE,
        "There is no code here.",
        code("final_answer(sharpen(image1))"),
        code("crop(image1)"),
        code("grayscale(picture=image1)"),
        code("tear(image1)"),
        code("x = 1 / 0"),
        "I give up.",
    )

    assert kinds(attempt) == [
        "unparsable output",
        "unknown tool",
        "wrong argument",
        "wrong argument",
        "tool error",
        "unparsable output",
        "too many steps",
    ]


async def test_a_loop_without_an_end_is_stopped(tmp_path: Path):
    step = call("grayscale", '{"image": "image1"}')

    attempt = await ask(tmp_path, CALLS, *[step] * MAX_STEPS, "I made it grey.")

    assert kinds(attempt) == ["too many steps"]
    assert attempt.spent.language_model_calls == MAX_STEPS + 1


async def test_a_language_model_that_fails_leaves_no_answer(tmp_path: Path):
    attempt = await ask(tmp_path, CALLS, call("grayscale", '{"image": "image1"}'))

    assert (attempt.state, attempt.answer) == ("failed", "")
    assert kinds(attempt) == ["no answer"]
    assert "has given all of its 1 replies" in attempt.error
