"""Spatial relations between the boxes of detected objects."""

from __future__ import annotations

from collections.abc import Sequence

from tools.media.regions import Box


def relation_holds(word: str, subject: Sequence[Box], objects: Sequence[Sequence[Box]]) -> bool:
    """Return whether objects stand as "left of", "above", "inside" or "between" says.

    Each object is the boxes of all its instances, and its position their mean centre. "between"
    takes two objects, the other words one.
    """
    x, y = mean_centre(subject)
    centres = [mean_centre(boxes) for boxes in objects]
    match word:
        case "left of":
            return x < centres[0][0]
        case "above":
            return y < centres[0][1]
        case "inside":
            around = objects[0][0]
            return around.left < x < around.right and around.top < y < around.bottom
        case _:  # between: the two others are on opposite sides of the subject
            (first_x, first_y), (last_x, last_y) = centres
            return (first_x - x) * (last_x - x) + (first_y - y) * (last_y - y) < 0


def mean_centre(boxes: Sequence[Box]) -> tuple[float, float]:
    """Return the mean of the centres of boxes."""
    return (
        sum(box.left + box.right for box in boxes) / 2 / len(boxes),
        sum(box.top + box.bottom for box in boxes) / 2 / len(boxes),
    )
