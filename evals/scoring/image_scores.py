"""Scores of sprite-world image generation, judged by an object detector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice

from evals.scoring.vision_scores import Score, share
from evals.world.images.drawing_scores import DrawingScore, score_drawing
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing
from tools import Image
from tools.library.images.draw import Painter
from tools.library.vision.detect import Detector

SIDE = 64
"""Pixels of a judged image's side: the size the small detector was trained on."""
SUBITIZING_LIMIT = 6
"""The highest count that a person sees at a glance."""


def score_painter(
    painter: Painter, judge: Detector, count: int, phrasing: Phrasing = "unseen"
) -> Mapping[str, Score]:
    """Score drawings of sentences whose objects, counts and positions are held out."""
    scores: list[tuple[int, DrawingScore]] = []
    for number in range(count):
        request = make_scene("test", 0, number, SIDE, "clear").speak(0, phrasing)
        claims = read_sentence(request)
        max_count = max((relation or 1 for relation in claims.counts.values()), default=1)
        scores.append(
            (max_count, score_drawing(claims, judge.find(painter.paint(request, number))))
        )
    relations = (score.relations for _, score in scores)
    return {
        "the things asked for, no others": share(score.things for _, score in scores),
        f"as many as asked for, up to {SUBITIZING_LIMIT}": share(
            s.counts for most, s in scores if most <= SUBITIZING_LIMIT
        ),
        f"as many as asked for, {SUBITIZING_LIMIT + 1} to 9": share(
            s.counts for most, s in scores if most > SUBITIZING_LIMIT
        ),
        "everything where it was asked for": share(each for each in relations if each is not None),
    }


def score_content_test(
    painter: Painter, is_drawing: Callable[[Image], bool], cases: int
) -> Mapping[str, Score]:
    """Score a test by content on drawings with each kind of background.

    That is how a drawing is recognized that was saved and uploaded again, without its lineage.
    """
    return {
        f"recognized by content, {name}": share(
            is_drawing(painter.paint(scene.caption, scene.key[-1]))
            for scene in islice(_test_scenes(gradient), cases)
        )
        for name, gradient in (("background of one colour", False), ("gradient", True))
    }


def _test_scenes(gradient: bool) -> Iterator[Scene]:
    """Yield test scenes with a gradient as their background, or without one."""
    for number in count():
        scene = make_scene("test", 0, number, SIDE, "clear")
        if bool(scene.content.background.second) == gradient:
            yield scene
