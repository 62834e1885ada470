"""The scores of models that are always right, always wrong, or wrong in one known way."""

from collections.abc import Sequence

import numpy as np
import pytest

from evals.scoring.vision_scores import (
    average_precision,
    held_out_scenes,
    score_answers,
    score_captioner,
    score_detector,
    score_matcher,
    to_image,
)
from evals.world.images.scenes import Scene
from tools import Box, Boxes, Image
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner
from tools.library.vision.classify import Matcher
from tools.library.vision.detect import Detector

CASES = 64
SHOWN = {scene.pixels.tobytes(): scene for scene in held_out_scenes(4 * CASES)}


def scene_in(image: Image) -> Scene:
    return SHOWN[image.array().tobytes()]


def true_boxes(image: Image, *, moved: int = 0) -> list[Box]:
    return [
        Box(*(side + moved for side in thing.box), label=thing.name)
        for thing in scene_in(image).things
    ]


class AlwaysRight(Detector, Captioner, Answerer, Matcher):
    def find(self, image: Image) -> Boxes:
        return Boxes(tuple(true_boxes(image)))

    def caption(self, image: Image) -> str:
        return scene_in(image).caption

    def answer(self, image: Image, question: str) -> str:
        scene = scene_in(image)
        asked = {found.text: found.answer for how in ("seen", "unseen") for found in scene.ask(how)}
        return asked[question].capitalize()

    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> np.ndarray:
        def fits(scene: Scene, text: str) -> bool:
            named = text.split(maxsplit=1)[-1] == scene.content.groups[0].name
            return named or text in (scene.speak(0), scene.speak(0, "unseen"))

        return np.array([[fits(scene_in(image), text) for text in texts] for image in images])


class Missing(AlwaysRight):
    """Does not see the first thing, says nothing, and finds nothing alike."""

    def find(self, image: Image) -> Boxes:
        return Boxes(tuple(true_boxes(image)[1:]))

    def caption(self, image: Image) -> str:
        return ""

    def answer(self, image: Image, question: str) -> str:
        return "perhaps"

    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> np.ndarray:
        return -super().similarities(images, texts).astype(np.float32)


@pytest.mark.slow
def test_a_model_that_is_always_right_reaches_every_score():
    model = AlwaysRight()

    scores = {
        **score_detector(model, CASES),
        **score_captioner(model, CASES),
        **score_answers(model, CASES),
        **score_answers(model, CASES, "unseen"),
        **score_matcher(model, CASES),
    }

    assert {name: score.share for name, score in scores.items() if score.share != 1} == {}
    assert all(score.cases > 0 for score in scores.values())


@pytest.mark.slow
def test_a_model_that_is_always_wrong_reaches_none():
    model = Missing()

    scores = {
        **score_captioner(model, CASES),
        **score_answers(model, CASES),
        **score_matcher(model, CASES),
    }

    assert {name: score.share for name, score in scores.items() if score.share != 0} == {}


def test_a_detector_that_misses_one_thing_of_each_picture_counts_none_rightly():
    scores = score_detector(Missing(), CASES)

    assert scores["counts"].share == 0
    assert 0 < scores["kinds"].share < 1


@pytest.mark.parametrize(("moved", "expected"), [(0, 1.0), (1, 1.0), (60, 0.0)])
def test_precision_counts_boxes_that_overlap_the_true_one_by_half(moved, expected):
    shown = held_out_scenes(CASES)
    found = [Boxes(tuple(true_boxes(to_image(scene), moved=moved))) for scene in shown]

    score = average_precision(found, shown)

    assert score.share == pytest.approx(expected, abs=0.01)
    assert score.cases == sum(len(scene.things) for scene in shown)


def test_the_precision_of_no_boxes_at_all_is_zero():
    shown = held_out_scenes(3)

    assert average_precision([Boxes(())] * 3, shown).share == 0
