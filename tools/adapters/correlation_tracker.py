"""The correlation filter of tools/signal/correlation_filter.py, which needs no weights."""

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
"""What stands out this far is certainly the thing."""


class Correlation(Follower):
    """Follows by the thing's looks, which it learns as it goes."""

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
    """The box around the region, if it is large enough to know again."""
    box = region.bounds(*picture.size)
    if min(box.right - box.left, box.bottom - box.top) < SMALLEST_SIDE:
        raise BadArgument(
            f"the region {box.describe()} is too small to be followed: "
            f"{SMALLEST_SIDE} pixels are needed on each side",
            hint="give a box around the thing",
        )
    return replace(box, label="", score=1.0)
