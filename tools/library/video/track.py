"""Track an object through a video."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tools import Box, Model, Region, Table, Video, progress, tool
from tools.signal.video.video_boxes import TimedBox, boxes_to_table
from tools.signal.video.video_frames import read_frames

if TYPE_CHECKING:
    import PIL.Image

ROWS_A_SECOND = 10


class ObjectTracker(Model, ABC):
    """A single-object tracking model."""

    @abstractmethod
    def track(self, pictures: Iterable[PIL.Image.Image], region: Region) -> Iterator[Box | None]:
        """Yield the object's box, with its score, in each frame; None where it is not visible.

        The region is in the first frame.
        """


@tool(words="Follow {region} through {video}")
def track(model: ObjectTracker, video: Video, region: Region) -> Table:
    """Follow what is in a region of a film's first picture: when and where it is.

    >>> path = track(film, detect(frames(film, count=1)[0], label="cup"))
    """
    rows: list[TimedBox] = []
    step = max(1, round(video.fps / ROWS_A_SECOND))
    for number, box in enumerate(model.track(_frames(video), region)):
        second = number / video.fps
        progress(second / max(video.seconds, second + 0.01), f"second {second:.1f}")
        if box and number % step == 0:
            rows.append(TimedBox(second, replace(box, label="")))
    return boxes_to_table(rows)


def _frames(video: Video) -> Iterator[PIL.Image.Image]:
    import PIL.Image

    return (PIL.Image.fromarray(pixels) for _, pixels in read_frames(video))
