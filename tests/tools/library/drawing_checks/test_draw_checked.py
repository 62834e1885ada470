"""The steps of a checked drawing."""

import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image
from tools.library.drawing_checks.answer_faults import answer_faults
from tools.library.drawing_checks.best_drawing import best_drawing
from tools.library.drawing_checks.drawing_faults import drawing_faults
from tools.library.drawing_checks.drawing_questions import drawing_questions
from tools.library.drawing_checks.drawing_report import drawing_report
from tools.library.drawing_checks.drawing_wordings import drawing_wordings
from tools.library.drawing_checks.prompt_wordings import MAX_TRIES, prompt_wordings
from tools.library.vision.detect import Detector, OpenDetector

PLAIN = Image(PIL.Image.new("RGB", (64, 64), (255, 0, 255)))
"""No scene of the sprite world: none of its backgrounds is magenta."""


class SeesTwoCups(Detector):
    labels = ("cup", "dog")

    def find(self, image: Image) -> Boxes:
        return Boxes((Box(0, 0, 9, 9, "cup", 0.9), Box(20, 0, 29, 9, "cup", 0.8)))


class SeesWhatever(SeesTwoCups, OpenDetector):
    def find_named(self, image: Image, label: str) -> Boxes:
        return Boxes(() if label == "unicorn" else (Box(0, 0, 9, 9, label),))


def test_a_detector_of_fixed_kinds_checks_numbers_by_other_words_too() -> None:
    assert drawing_faults(SeesTwoCups(), PLAIN, "two mugs") == []
    assert drawing_faults(SeesTwoCups(), PLAIN, "three blue cups and a dog") == [
        "2 instead of 3 cups",
        "cup not blue",
        "no dog",
    ]


def test_an_open_vocabulary_detector_is_asked_for_each_object() -> None:
    assert drawing_faults(SeesWhatever(), PLAIN, "a unicorn and a teapot") == ["no unicorn"]


def test_what_the_detector_does_not_know_is_a_fault() -> None:
    assert drawing_faults(SeesTwoCups(), PLAIN, "a unicorn to the left of two cups") == [
        "unicorn unknown to the detector"
    ]


def test_each_try_has_a_wording() -> None:
    assert drawing_wordings("could you sketch 6 apples for me?", 2) == ["six apples", "six apples"]
    assert drawing_wordings("six apples by Monet", 3) == [
        "six apples by Monet",
        "six apples by Monet, exactly six apples",
        "six apples by Monet, exactly six apples",
    ]


@pytest.mark.parametrize("tries", [0, MAX_TRIES + 1])
def test_tries_have_bounds(tries: int) -> None:
    with pytest.raises(BadArgument, match=f"tries is {tries}; 1 to 8 are allowed"):
        drawing_wordings("six apples", tries)


def test_a_prompt_that_names_nothing_cannot_be_checked() -> None:
    with pytest.raises(BadArgument, match="no drawing of 'freedom' can be checked by a detector"):
        drawing_wordings("freedom")


def test_questions_may_be_asked_about_a_prompt_that_names_nothing() -> None:
    assert prompt_wordings("freedom", 2) == ["freedom", "freedom"]
    assert drawing_questions("freedom") == ["does this picture show: freedom? Answer yes or no."]
    assert answer_faults("freedom", ["Yes."]) == []
    assert answer_faults("freedom", ["No."]) == ["not seen as a whole"]


def test_each_question_needs_an_answer() -> None:
    assert answer_faults("two red cups", ["2", "Blue"]) == ["cup not red, but “Blue”"]
    with pytest.raises(BadArgument, match="2 questions about 'two red cups' and 1 answers"):
        answer_faults("two red cups", ["2"])


def test_the_first_drawing_with_the_fewest_faults_is_the_best() -> None:
    pictures = [Image(PIL.Image.new("RGB", (4, 4), (shade, 0, 0))) for shade in (1, 2, 3)]

    assert best_drawing(pictures, [["a", "b"], ["a"], ["b"]]) is pictures[1]
    with pytest.raises(BadArgument, match="3 pictures and 1 lists of faults"):
        best_drawing(pictures, [[]])


def test_the_report_says_how_many_tries_it_took_and_what_is_missing() -> None:
    assert drawing_report("two dogs", [["no dog"], []], 4) == (
        "Drawing 2 of at most 4 shows what was asked for, as far as the detector sees: two dogs."
    )
    assert drawing_report("two dogs", [["1 instead of 2 dogs", "x"], ["no dog"]], 2) == (
        "None of 2 drawings is quite what was asked for. On this one, the best, the check finds: "
        "no dog."
    )
    assert "not quite" in drawing_report("two dogs", [["no dog"]], 1)
    assert drawing_report("freedom.", [[]], 1, "vision model") == (
        "The drawing shows what was asked for, as far as the vision model sees: freedom."
    )
    with pytest.raises(BadArgument, match="no drawing to report on"):
        drawing_report("two dogs", [], 1)
