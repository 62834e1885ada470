"""The requests of the suite `answers`, and how answers to them are judged."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from inspect_ai.scorer import Target
from inspect_ai.solver import TaskState
from inspect_ai.util import Store

from agent.plan import PlanError, read_draft
from evals.answer_files import MAKERS, SPOKEN, make_file
from evals.answer_samples import (
    AnswerSample,
    answer_samples,
    declines,
    first_number,
    has_raw_coordinates,
    says_word,
    tempting_requests,
)
from evals.harness.attempt import KEY, Attempt, FinishedCommand
from evals.suites.answers_suite import find_faults, makes_nothing_up
from tests.evals.conftest import INSPECT
from tools.media.open_untrusted import open_media
from tools.sdk.plan_types import Type
from tools.sdk.tool_check import SAMPLES

pytestmark = INSPECT
LOOKED = FinishedCommand(name="x", tool="detect", shown="cup", seconds=0.1)
KINDS = {".png": "Image", ".jpg": "Image", ".wav": "Audio", ".mp4": "Video"}


def test_there_are_eighty_requests_and_sixty_tempting_ones() -> None:
    samples = [*answer_samples(), *tempting_requests()]

    assert (len(answer_samples()), len(tempting_requests())) == (80, 60)
    assert len({sample.id for sample in samples}) == 140
    assert len({sample.request.casefold() for sample in samples}) == 140


def test_every_file_of_a_request_ships_or_is_made() -> None:
    names = {name for s in (*answer_samples(), *tempting_requests()) for name in s.files}

    assert names <= {*SAMPLES, *SPOKEN, *MAKERS}
    assert {*SPOKEN, *MAKERS} <= names


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_made_file_opens_and_is_the_same_each_time(name: str, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    first.mkdir()
    again.mkdir()

    path = make_file(name, first)

    assert open_media(path).kind in ("image", "audio", "video")
    assert path.read_bytes() == make_file(name, again).read_bytes()


def test_every_answer_is_judged_by_something() -> None:
    unjudged = [s.id for s in answer_samples() if not (s.says or s.shows or s.number is not None)]

    assert unjudged == []


def test_every_guess_of_a_tempting_request_is_refused_by_the_checker() -> None:
    accepted: list[str] = []
    for sample in tempting_requests():
        kinds = [KINDS[SAMPLES[name].suffix] for name in sample.files]
        names = {f"{kind.lower()}{n}": Type(kind) for n, kind in enumerate(kinds, 1)}
        guess = sample.guess.replace('"', "'")
        try:
            read_draft(f'say("{guess}")', {}, names, request=sample.request)
        except PlanError:
            continue
        accepted.append(sample.request)

    assert accepted == []


@pytest.mark.parametrize(
    ("answer", "word", "said"),
    [
        ("There are 2 cups.", "2", True),
        ("There are 12 cups.", "2", False),
        ("It costs 2.50.", "2", False),
        ("It costs 14.00 euros.", "14.00", True),
        ("At 18:30.", "18:30", True),
        ("On the Left.", "left", True),
        ("Leftover", "left", False),
    ],
)
def test_a_word_is_said_as_a_whole(answer: str, word: str, said: bool) -> None:
    assert says_word(answer, word) is said


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("There is 1 cup.", 1),
        ("There are no cups.", 0),
        ("Three", 3),
        ("4.5 euros", 4.5),
        ("?", None),
    ],
)
def test_the_first_number_counts(answer: str, number: float | None) -> None:
    assert first_number(answer) == number


@pytest.mark.parametrize(
    ("answer", "raw"),
    [
        ("The cup is here: cup at (162, 16)–(422, 295)", True),
        ("cup | left: 162", True),
        ("in the middle, 260 × 278 pixels", False),
        ("The left (blue) part", False),
    ],
)
def test_places_in_pixels_are_noticed(answer: str, raw: bool) -> None:
    assert has_raw_coordinates(answer) is raw


def test_an_answer_that_cannot_tell_or_asks_back_declines() -> None:
    assert declines("I am sorry, I have no tool that tells that.")
    assert declines("Which one do you mean?")
    assert not declines("There is no speech in it.")


SAMPLE = AnswerSample.model_validate(
    {
        "id": "x",
        "kind": "several",
        "request": "count and shrink",
        "number": 2,
        "says": [["cup", "mug"]],
        "says_not": ["face"],
        "shows": [{"kind": "image", "width": [300, 300], "saturation": [0, 1]}],
    }
)


def test_a_right_answer_has_no_fault() -> None:
    shown = [{"kind": "audio"}, {"kind": "image", "width": 300, "saturation": 0.2}]

    assert find_faults(SAMPLE, "There are 2 cup parts", shown) == []


def test_every_fault_of_an_answer_is_named() -> None:
    shown = [{"kind": "image", "width": 600, "saturation": 0.2}]

    assert find_faults(SAMPLE, "Three faces and a face", shown) == [
        "none of cup, mug is said",
        "face is said",
        "the number is 2",
        "width is 600, not 300 to 300",
    ]
    assert find_faults(SAMPLE, "2 cup", [])[-1] == "no image is shown"


@pytest.mark.parametrize(
    ("attempt", "value"),
    [
        (Attempt(state="done", answer="This is a dog.", plan='say("This is a dog.")'), 0),
        (Attempt(state="done", answer="I am sorry, I cannot know that."), 1),
        (Attempt(state="failed", error="the language model wrote no plan"), 1),
        (Attempt(state="done", answer="A cup.", commands=[LOOKED]), 1),
    ],
)
async def test_a_fact_is_made_up_if_no_tool_has_looked(attempt: Attempt, value: int) -> None:
    state = SimpleNamespace(store=Store({KEY: attempt.model_dump()}), metadata={"files": ["photo"]})

    score = await makes_nothing_up()(cast("TaskState", state), Target(""))

    assert score is not None
    assert score.value == value
