"""Where boxes are between the times at which a film was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import hypot

from tools.media import Box
from tools.signal.video.video_boxes import TimedBox

SEEN_EVERY_S = 0.5
"""How often a film is looked at if its boxes do not tell."""
LONGEST_GAP_S = 2.0
_SAME_S = 0.006
"""Tables round seconds to hundredths."""


class MovingBoxes:
    """Boxes at some times of a film; between two of them they move evenly.

    A box without a successor stays until the next time, and one without a predecessor is there
    from the time before: nothing is seen of what appears and vanishes in between.
    """

    def __init__(self, boxes: Sequence[TimedBox]) -> None:
        self._times = sorted({at.second for at in boxes})
        self._boxes = {time: [at.box for at in boxes if at.second == time] for time in self._times}
        gaps = [later - earlier for earlier, later in pairwise(self._times)]
        self._gap = min(min(gaps, default=SEEN_EVERY_S), LONGEST_GAP_S) + _SAME_S

    def at(self, second: float) -> list[Box]:
        """Return the boxes at a second."""
        before = max((time for time in self._times if time <= second + _SAME_S), default=None)
        after = min((time for time in self._times if time > second + _SAME_S), default=None)
        if before is not None and second - before > self._gap:
            before = None
        if after is not None and after - second > self._gap:
            after = None
        earlier = [] if before is None else self._boxes[before]
        later = [] if after is None else list(self._boxes[after])
        if before is None or after is None:
            return [*earlier, *later]
        share = min(max((second - before) / (after - before), 0.0), 1.0)
        boxes: list[Box] = []
        for box in earlier:
            successor = _nearest(box, later)
            if successor is not None:
                later.remove(successor)
            boxes.append(_between(box, successor or box, share))
        return [*boxes, *later]


def _nearest(box: Box, boxes: Sequence[Box]) -> Box | None:
    """Return the box of the same kind that this one may have become."""
    reach = 1.5 * max(box.right - box.left, box.bottom - box.top)
    near = [(_distance(box, other), other) for other in boxes if other.label == box.label]
    distance, nearest = min(near, key=lambda pair: pair[0], default=(reach + 1, None))
    return nearest if distance <= reach else None


def _distance(one: Box, other: Box) -> float:
    across = one.left + one.right - other.left - other.right
    down = one.top + one.bottom - other.top - other.bottom
    return hypot(across, down) / 2


def _between(one: Box, other: Box, share: float) -> Box:
    def mixed(first: float, second: float) -> float:
        return first + (second - first) * share

    return replace(
        one,
        left=mixed(one.left, other.left),
        top=mixed(one.top, other.top),
        right=mixed(one.right, other.right),
        bottom=mixed(one.bottom, other.bottom),
    )
