import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.planner.llm import LanguageModelError, ScriptedChatModel
from tools.errors import InputError


def test_replies_come_in_order_and_then_a_clear_error() -> None:
    model = ScriptedChatModel(replies=('say("one")', 'say("two")'))
    assert model.invoke("first").content == 'say("one")'
    assert model.invoke("second").content == 'say("two")'
    with pytest.raises(LanguageModelError, match="given all of its 2 replies"):
        model.invoke("third")


def test_a_reply_for_certain_words_is_given_whenever_they_are_asked() -> None:
    model = ScriptedChatModel(
        replies=("when: red cup \nfirst line\nsecond", "in order", "when: fork\nthird")
    )
    assert model.invoke("Where is the red cup?").content == "first line\nsecond"
    assert model.invoke("Something else").content == "in order"
    assert model.invoke("A fork, or the red cup, please").content == "first line\nsecond"
    assert model.invoke("After the red cup the fork").content == "third"
    with pytest.raises(LanguageModelError, match="given all of its 1 replies"):
        model.invoke("Something else")


async def test_a_reply_streams_in_small_pieces_and_ends_with_what_it_took() -> None:
    model = ScriptedChatModel(replies=("dogs = detect(image1)",))
    chunks = [chunk async for chunk in model.astream("How many dogs?")]
    assert [chunk.text for chunk in chunks] == ["dogs", " =", " dete", "ct(i", "mage", "1)", ""]
    assert chunks[-1].response_metadata == {"finish_reason": "stop"}
    assert chunks[-1].usage_metadata == {
        "input_tokens": 4,
        "output_tokens": 6,
        "total_tokens": 10,
    }


@given(st.text())
def test_whatever_the_reply_it_arrives_whole(reply: str) -> None:
    model = ScriptedChatModel(replies=(reply,), max_tokens=10_000)
    assert model.invoke("go on").text == reply


async def test_a_model_that_never_stops_is_cut_and_says_so() -> None:
    model = ScriptedChatModel(replies=("ha " * 100_000,))
    chunks = [chunk async for chunk in model.bind(max_tokens=3).astream("Tell me a joke")]
    assert "".join(chunk.text for chunk in chunks) == "ha ha ha"
    assert chunks[-1].response_metadata["finish_reason"] == "length"


def test_a_model_that_says_nothing_gives_an_empty_answer() -> None:
    assert ScriptedChatModel(replies=("",)).invoke("Hello?").content == ""


def test_a_stop_text_ends_the_reply_before_it() -> None:
    model = ScriptedChatModel(replies=("one two three",))
    assert model.invoke("count", stop=[" three", " two"]).content == "one"


async def test_cancelling_the_reader_ends_the_reply_at_once() -> None:
    model = ScriptedChatModel(replies=("a b c d e f g h", "next"), seconds_per_token=0.01)
    seen: list[str] = []

    async def read() -> None:
        async for chunk in model.astream("go"):
            seen.append(chunk.text)

    task = asyncio.create_task(read())
    while len(seen) < 2:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["a", " b"]
    assert (await model.ainvoke("again")).content == "next"


def test_lines_of_three_dashes_separate_the_replies_of_a_file(tmp_path: Path) -> None:
    script = tmp_path / "replies.txt"
    script.write_text('n = 2 - 1\nsay("{n}")\n---\nsay("done")\n', encoding="utf-8")
    model = ScriptedChatModel.from_file(script)
    assert model.replies == ('n = 2 - 1\nsay("{n}")', 'say("done")')


def test_a_file_that_is_not_text_is_an_input_error(tmp_path: Path) -> None:
    script = tmp_path / "replies.txt"
    script.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        ScriptedChatModel.from_file(script)


async def test_a_synchronous_call_works_inside_a_running_loop() -> None:
    assert ScriptedChatModel(replies=("yes",)).invoke("Are you there?").content == "yes"


def test_an_unknown_setting_is_refused_by_name() -> None:
    model = ScriptedChatModel(replies=("yes",))
    with pytest.raises(InputError, match="'top_k' cannot be set"):
        model.invoke("Are you there?", top_k=3)


def test_a_limit_of_no_tokens_is_refused() -> None:
    model = ScriptedChatModel(replies=("yes",))
    with pytest.raises(InputError, match="max_tokens is 0; 1 or more is required"):
        model.invoke("Are you there?", max_tokens=0)
