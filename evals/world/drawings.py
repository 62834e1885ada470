"""How well a drawing fits what was asked for, judged by what a detector finds in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evals.world.content import Content, Relation
from tools.media.regions import Box


@dataclass(frozen=True)
class DrawingScore:
    """What a drawing got right."""

    objects: bool
    """Whether it shows the kinds of things asked for and no others."""
    count: bool
    """Whether it shows as many of each."""
    relation: bool | None
    """Whether everything stands as asked; None where nothing was asked."""


def score_drawing(content: Content, found: Iterable[Box]) -> DrawingScore:
    """The boxes that a detector found, compared with what should be there."""
    boxes = list(found)
    wanted = {group.name: group.count for group in content.groups}
    seen = Counter(box.label for box in boxes)
    objects = seen.keys() == wanted.keys()
    held = [_holds(relation, boxes) for relation in content.relations] if objects else [False]
    return DrawingScore(
        objects=objects,
        count=dict(seen) == wanted,
        relation=all(held) if content.relations else None,
    )


def _holds(relation: Relation, boxes: list[Box]) -> bool:
    middles = [_middle(boxes, name) for name in (relation.subject, *relation.objects)]
    (x, y), (other_x, other_y) = middles[:2]
    match relation.word:
        case "left of":
            return x < other_x
        case "right of":
            return x > other_x
        case "above":
            return y < other_y
        case "below":
            return y > other_y
        case "inside":
            frame = next(box for box in boxes if box.label == relation.objects[0])
            return frame.left < x < frame.right and frame.top < y < frame.bottom
        case _:  # between
            (low_x, low_y), (high_x, high_y) = middles[1:]
            return (low_x - x) * (x - high_x) + (low_y - y) * (y - high_y) > 0


def _middle(boxes: list[Box], name: str) -> tuple[float, float]:
    """The middle of all things of that name."""
    named = [box for box in boxes if box.label == name]
    return (
        sum(box.left + box.right for box in named) / 2 / len(named),
        sum(box.top + box.bottom for box in named) / 2 / len(named),
    )
