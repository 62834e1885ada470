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
FEW = 6
"""The highest count that a person sees at a glance."""


def score_painter(
    painter: Painter, judge: Detector, count: int, phrasing: Phrasing = "unseen"
) -> Mapping[str, Score]:
    """Score drawings of sentences whose objects, counts and positions are held out."""
    told: list[tuple[int, DrawingScore]] = []
    for number in range(count):
        words = make_scene("test", 0, number, SIDE, "clear").speak(0, phrasing)
        asked = read_sentence(words)
        most = max((each or 1 for each in asked.counts.values()), default=1)
        told.append((most, score_drawing(asked, judge.find(painter.paint(words, number)))))
    placed = (score.relations for _, score in told)
    return {
        "the things asked for, no others": share(score.things for _, score in told),
        f"as many as asked for, up to {FEW}": share(s.counts for most, s in told if most <= FEW),
        f"as many as asked for, {FEW + 1} to 9": share(s.counts for most, s in told if most > FEW),
        "everything where it was asked for": share(each for each in placed if each is not None),
    }
