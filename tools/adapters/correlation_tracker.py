"""Adapter of tools/signal/video/correlation_filter.py; it has no weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import BadArgument, Box, Region
from tools.library.video.track import ObjectTracker
from tools.signal.video.correlation_filter import Tracker

if TYPE_CHECKING:
    import PIL.Image

MIN_SIDE = 8
CERTAIN_PEAK = 30.0
"""A peak this high counts as certain: score 1."""


class Correlation(ObjectTracker):
    """Track an object by its appearance, updated in each frame."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls()

    def track(self, pictures: Iterable[PIL.Image.Image], region: Region) -> Iterator[Box | None]:
        tracker: Tracker | None = None
        for frame in pictures:
            if tracker is None:
                first = _trackable_box(region, frame)
                tracker = Tracker(frame, first)
                yield first
                continue
            match = tracker.update(frame)
            score = min(1.0, match.peak / CERTAIN_PEAK)
            yield replace(match.box, score=score) if match.is_confident else None


def _trackable_box(region: Region, frame: PIL.Image.Image) -> Box:
    """Return the region's bounding box; BadArgument if it is too small."""
    box = region.bounds(*frame.size)
    if min(box.right - box.left, box.bottom - box.top) < MIN_SIDE:
        raise BadArgument(
            f"the region {box.describe()} is too small to track: "
            f"{MIN_SIDE} pixels are needed on each side",
            hint="give a box around the whole object",
        )
    return replace(box, label="", score=1.0)
