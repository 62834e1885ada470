"""BFCL's files, and calls matched as BFCL matches them."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.plan import read_plan
from evals.published.bfcl_questions import BfclQuestion, find_mismatch, read_questions
from evals.published.recorded_calls import record_calls
from tools.errors import InputError

PLAY = {
    "name": "spotify.play",
    "description": "Play.",
    "parameters": {
        "type": "dict",
        "properties": {
            "artist": {"type": "string", "description": "Who."},
            "minutes": {"type": "float", "description": "How long."},
            "tags": {"type": "array", "items": {"type": "string"}, "description": "Tags."},
            "loud": {"type": "boolean", "description": "Loud."},
        },
        "required": ["artist"],
    },
}


def question(*answers: dict[str, Any], category: str = "parallel") -> BfclQuestion:
    return BfclQuestion("1", category, "Play.", [PLAY], answers)  # pyright: ignore[reportArgumentType]


ABBA = {"spotify.play": {"artist": ["ABBA"], "minutes": [20.0, ""], "tags": [["a b"], ""]}}
BJORK = {"spotify.play": {"artist": ["Bjork"], "minutes": ["", 5.0]}}


def call(**arguments: Any) -> dict[str, dict[str, Any]]:
    return {"spotify.play": arguments}


@pytest.mark.parametrize(
    "arguments",
    [
        {"artist": "abba"},
        {"artist": "A.b-b a", "minutes": 20},
        {"artist": "ABBA", "minutes": 20.0, "tags": ["A B"]},
    ],
)
def test_spelling_whole_numbers_and_optional_arguments_do_not_matter(arguments: dict[str, Any]):
    assert find_mismatch(question(ABBA), [call(**arguments)]) == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"minutes": 20.0}, "artist is missing"),
        ({"artist": "Beatles"}, "artist='Beatles' is none of ['ABBA']"),
        ({"artist": "ABBA", "minutes": "20"}, "minutes='20' is none of"),
        ({"artist": "ABBA", "tags": ["c"]}, "tags=['c'] is none of"),
        ({"artist": "ABBA", "loud": True}, "loud is not expected"),
    ],
)
def test_wrong_calls_say_why(arguments: dict[str, Any], reason: str):
    assert reason in find_mismatch(question(ABBA), [call(**arguments)])


def test_of_parallel_calls_the_order_does_not_count_and_the_number_does():
    both = question(ABBA, BJORK)

    assert find_mismatch(both, [call(artist="Bjork", minutes=5), call(artist="ABBA")]) == ""
    assert find_mismatch(both, [call(artist="ABBA")]) == "1 calls instead of 2"
    assert "no call fits" in find_mismatch(both, [call(artist="ABBA"), call(artist="ABBA")])


def test_where_no_function_fits_no_call_is_right():
    assert find_mismatch(question(category="irrelevance"), []) == ""
    assert find_mismatch(question(category="irrelevance"), [call(artist="ABBA")]) != ""


async def test_a_plan_in_a_loop_makes_the_calls_that_are_matched():
    asked = question(ABBA, BJORK)
    plan = read_plan(
        'songs = [spotify_play(artist) for artist in ["ABBA", "Bjork"]]\nsay("{songs}")',
        asked.tools(),
        {},
    )

    calls = asked.published_calls(await record_calls(plan, lambda number, site: "…"))

    assert calls == [call(artist="ABBA"), call(artist="Bjork")]
    assert find_mismatch(asked, calls) == ""


def test_questions_are_read_with_their_answers(tmp_path: Path):
    entry = {"id": "m_0", "question": [[{"role": "user", "content": "Play."}]], "function": [PLAY]}
    (tmp_path / "possible_answer").mkdir()
    (tmp_path / "BFCL_v9_multiple.json").write_text(json.dumps(entry) + "\n")
    (tmp_path / "BFCL_v9_parallel_multiple.json").write_text("")
    answer = {"id": "m_0", "ground_truth": [ABBA]}
    (tmp_path / "possible_answer" / "BFCL_v9_multiple.json").write_text(json.dumps(answer))

    (read,) = read_questions(tmp_path, "multiple")

    assert (read.request, read.answers) == ("Play.", [ABBA])
    assert list(read.tools()) == ["spotify_play"]


def test_a_file_that_differs_from_what_was_published_is_refused(tmp_path: Path):
    (tmp_path / "BFCL_v4_irrelevance.json").write_text("{}")

    with pytest.raises(InputError, match="is not what was published under that name"):
        read_questions(tmp_path, "irrelevance")


def test_a_missing_file_is_asked_for(tmp_path: Path):
    with pytest.raises(InputError, match="0 files"):
        read_questions(tmp_path, "simple")
