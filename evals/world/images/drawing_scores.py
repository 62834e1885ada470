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
from tools.signal.drawings.box_relations import relation_holds


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
    by_name = {name: [box for box in boxes if box.label == name] for name in _names_of(relation)}
    objects = [by_name[name] for name in relation.objects]
    return relation_holds(relation.word, by_name[relation.subject], objects)


def _names_of(relation: Relation) -> tuple[str, ...]:
    return (relation.subject, *relation.objects)
