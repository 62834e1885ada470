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


def score_drawing(asked: Claims, found: Iterable[Box]) -> DrawingScore:
    """Compare the detected boxes with the claims of the sentence."""
    boxes = list(found)
    seen = Counter(box.label for box in boxes)
    things = seen.keys() == asked.counts.keys()
    counts = all(number in (None, seen[name]) for name, number in asked.counts.items())
    relations = things and all(_holds(relation, boxes) for relation in asked.relations)
    return DrawingScore(things, things and counts, relations if asked.relations else None)


def ground_colour(pixels: NDArray[np.uint8]) -> str:
    """Return the background colour nearest to the image's edges."""
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    middle = np.median(edges, axis=0)
    return min(COLOURS, key=lambda name: float(np.abs(middle - COLOURS[name]).sum()))


def _holds(relation: Relation, boxes: list[Box]) -> bool:
    """Return whether the boxes satisfy a relation of `normalise_relations`."""
    x, y = _middle(boxes, relation.subject)
    others = [_middle(boxes, name) for name in relation.objects]
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


def _middle(boxes: list[Box], name: str) -> tuple[float, float]:
    """Return the mean centre of all boxes with that label."""
    named = [box for box in boxes if box.label == name]
    return (
        sum(box.left + box.right for box in named) / 2 / len(named),
        sum(box.top + box.bottom for box in named) / 2 / len(named),
    )
