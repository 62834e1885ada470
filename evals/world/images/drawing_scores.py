"""Scores of drawings against their sentence, judged by an object detector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.world.images.scene_claims import Claims
from evals.world.images.scene_content import COLOURS, Relation
from tools.media.regions import Box


@dataclass(frozen=True)
class DrawingScore:
    """Correct and incorrect aspects of one drawing."""

    things: bool
    """Whether it shows the requested kinds and no others."""
    counts: bool
    """Whether it also shows the requested number of each."""
    relations: bool | None
    """Whether they also stand as requested; None if no relation was requested."""


def score_drawing(claims: Claims, detections: Iterable[Box]) -> DrawingScore:
    """Compare the detected boxes with the claims of the sentence."""
    boxes = list(detections)
    box_counts = Counter(box.label for box in boxes)
    things = box_counts.keys() == claims.counts.keys()
    counts = all(number in (None, box_counts[name]) for name, number in claims.counts.items())
    relations = things and all(_relation_holds(relation, boxes) for relation in claims.relations)
    return DrawingScore(things, things and counts, relations if claims.relations else None)


def background_colour(pixels: NDArray[np.uint8]) -> str:
    """Return the background colour nearest to the image's edges."""
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    middle = np.median(edges, axis=0)
    return min(COLOURS, key=lambda name: float(np.abs(middle - COLOURS[name]).sum()))


def _relation_holds(relation: Relation, boxes: list[Box]) -> bool:
    """Return whether the boxes satisfy a relation of `normalise_relations`."""
    x, y = _centre(boxes, relation.subject)
    others = [_centre(boxes, name) for name in relation.objects]
    match relation.word:
        case "left of":
            return x < others[0][0]
        case "above":
            return y < others[0][1]
        case "inside":
            around = next(box for box in boxes if box.label == relation.objects[0])
            return around.left < x < around.right and around.top < y < around.bottom
        case _:  # between: the two others are on opposite sides of the subject
            (first_x, first_y), (last_x, last_y) = others
            return (first_x - x) * (last_x - x) + (first_y - y) * (last_y - y) < 0


def _centre(boxes: list[Box], name: str) -> tuple[float, float]:
    """Return the mean centre of all boxes with that label."""
    labelled = [box for box in boxes if box.label == name]
    return (
        sum(box.left + box.right for box in labelled) / 2 / len(labelled),
        sum(box.top + box.bottom for box in labelled) / 2 / len(labelled),
    )
