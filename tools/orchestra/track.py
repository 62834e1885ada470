"""Follow something through a film."""

from __future__ import annotations

from dataclasses import replace

from tools import BadArgument, Region, Table, Video, progress, tool
from tools.boxes_in_film import BoxAt, table_of
from tools.film import frames_of
from tools.tracking import Tracker

ROWS_A_SECOND = 10
SMALLEST_SIDE = 8
CLEAR_PEAK = 30.0
"""What stands out this far is certainly the thing."""


@tool(words="Follow {region} through {video}")
def track(video: Video, region: Region) -> Table:
    """Follow what is in a region of a film's first picture: when and where it is.

    >>> path = track(film, detect(frames(film, count=1)[0], label="cup"))
    """
    import PIL.Image

    found: list[BoxAt] = []
    tracker: Tracker | None = None
    step = max(1, round(video.fps / ROWS_A_SECOND))
    for number, (second, pixels) in enumerate(frames_of(video)):
        picture = PIL.Image.fromarray(pixels)
        if tracker is None:
            first = replace(region.bounds(video.width, video.height), label="", score=1.0)
            if min(first.right - first.left, first.bottom - first.top) < SMALLEST_SIDE:
                raise BadArgument(
                    f"the region {first.describe()} is too small to be followed: "
                    f"{SMALLEST_SIDE} pixels are needed on each side",
                    hint="give a box around the thing",
                )
            tracker = Tracker(picture, first)
            found.append(BoxAt(second, first))
            continue
        progress(second / max(video.seconds, second + 0.01), f"second {second:.1f}")
        seen = tracker.follow(picture)
        if seen.sure and number % step == 0:
            found.append(BoxAt(second, replace(seen.box, score=min(1.0, seen.peak / CLEAR_PEAK))))
    return table_of(found)
