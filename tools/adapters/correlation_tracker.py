"""Adapter of the correlation filter in tools/signal/correlation_filter.py; it has no weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import BadArgument, Box, Region
from tools.library.video.track import Follower
from tools.signal.correlation_filter import Tracker

if TYPE_CHECKING:
    import PIL.Image

SMALLEST_SIDE = 8
CLEAR_PEAK = 30.0
"""A peak this high counts as certain: score 1."""


class Correlation(Follower):
    """Track an object by its appearance, updated in each frame."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls()

    def follow(self, pictures: Iterable[PIL.Image.Image], region: Region) -> Iterator[Box | None]:
        tracker: Tracker | None = None
        for picture in pictures:
            if tracker is None:
                first = _clear(region, picture)
                tracker = Tracker(picture, first)
                yield first
                continue
            seen = tracker.follow(picture)
            sureness = min(1.0, seen.peak / CLEAR_PEAK)
            yield replace(seen.box, score=sureness) if seen.sure else None


def _clear(region: Region, picture: PIL.Image.Image) -> Box:
    """Return the region's bounding box; BadArgument if it is too small."""
    box = region.bounds(*picture.size)
    if min(box.right - box.left, box.bottom - box.top) < SMALLEST_SIDE:
        raise BadArgument(
            f"the region {box.describe()} is too small to track: "
            f"{SMALLEST_SIDE} pixels are needed on each side",
            hint="give a box around the whole object",
        )
    return replace(box, label="", score=1.0)
