"""Scores of sprite-world image generation, judged by an object detector."""

from __future__ import annotations

from collections.abc import Mapping

from evals.scoring.vision_scores import Score, share
from evals.world.images.drawing_scores import DrawingScore, score_drawing
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import make_scene
from evals.world.phrase_templates import Phrasing
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
