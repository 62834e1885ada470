import pytest

from tests.tools.known_videos import click_film, plain_film, sample_film
from tools import BadArgument, Table
from tools.library.audio.sounds_in_video import SOUND_COLUMNS, sounds_in_video
from tools.library.video.detect_in_video import detect_in_video
from tools.library.video_editing.rank_moments import rank_moments
from tools.signal.video.moment_search import Evidence, find_moments
from tools.signal.video.timed_lines import SpokenLine, lines_table
from tools.signal.video.video_boxes import COLUMNS

PEOPLE = [Evidence(step / 2, "person", 0.6) for step in range(30)]
DOG = [Evidence(step / 2, "dog", 0.7) for step in range(10, 16)]
SOUNDS = [
    Evidence(6.24, "Bark", 0.8),
    Evidence(6.72, "Dog", 0.8),
    Evidence(11.5, "Applause", 0.6),
    Evidence(9.36, "Speech", 0.9),
]
WORDS = [
    Evidence(12.3, "budget,", 0.9, is_speech=True),
    Evidence(2.1, "Hello", 0.9, is_speech=True),
]


@pytest.mark.parametrize(
    ("what", "seconds"),
    [
        ("a dog", [5.0]),
        ("when does the dog bark?", [6.24]),
        ("barking", [6.24]),
        ("people", [0.0]),
        ("the applause", [11.5]),
        ("they mention the budget", [12.3]),
        ("he says hello", [2.1]),
        ("somebody speaks", [9.36]),
        ("a person with a dog", [5.0]),
        ("a cat", []),
        ("the", []),
    ],
)
def test_a_moment_is_found_by_what_is_seen_heard_or_said(what, seconds):
    assert find_moments(what, [*PEOPLE, *DOG, *SOUNDS, *WORDS]) == seconds


def test_the_likeliest_moment_comes_first():
    evidence = [Evidence(1, "dog", 0.5), Evidence(5, "dog", 0.9), Evidence(9, "dog", 0.7)]

    assert find_moments("dog", evidence) == [5, 9]


def test_what_is_unsure_is_not_found():
    assert find_moments("dog", [Evidence(1, "dog", 0.2)]) == []


def tables(second: float = 1.0) -> dict[str, Table]:
    return {
        "things": Table(COLUMNS, ((0.5, "cup", 0.8, 1, 1, 9, 9),)),
        "sounds": Table(SOUND_COLUMNS, ((second, "Music", 0.9),)),
        "lines": lines_table([SpokenLine(2, 4, "pass me the salt please")]),
    }


@pytest.mark.parametrize(
    ("what", "seconds"), [("cup", [0.5]), ("music", [1.0]), ("the salt", [3.2]), ("tea", [])]
)
def test_tables_are_searched(what, seconds):
    assert rank_moments(what, **tables()) == seconds


@pytest.mark.parametrize(
    ("what", "given", "message"),
    [
        ("?!", {}, "there is nothing to find in '?!'"),
        ("x", {"sounds": Table(("a",), ())}, "the table has the columns a; sounds in a film have"),
        ("x", {"things": Table(("a",), ())}, "the table has the columns a; boxes in a film have"),
        ("x", {"lines": Table(("a",), ())}, "the table has the columns a; what is said has"),
        ("x", tables(second=float("inf")), "the tables name seconds that no film has"),
        ("x", tables(second=-1), "the tables name seconds that no film has"),
    ],
)
def test_other_tables_and_empty_questions_are_refused(what, given, message):
    with pytest.raises(BadArgument) as caught:
        rank_moments(what, **{**tables(), **given})

    assert caught.value.message.startswith(message)


@pytest.mark.real
def test_a_cup_is_found_in_the_film_and_a_dog_is_not(load_model):
    film = sample_film()
    found = {
        "things": detect_in_video(load_model("detect/yolox-nano"), film),
        "sounds": sounds_in_video(load_model("classify_sound/yamnet"), film),
        "lines": lines_table([]),
    }

    assert rank_moments("a cup", **found) == [0.0]
    assert rank_moments("speech", **found)[0] < 1
    assert rank_moments("a dog", **found) == []


@pytest.mark.real
def test_a_film_without_sound_has_no_sounds(load_model):
    model = load_model("classify_sound/yamnet")

    assert sounds_in_video(model, plain_film(0, 0)).rows == ()
    assert isinstance(sounds_in_video(model, click_film(0, 0, at=0.1)), Table)
