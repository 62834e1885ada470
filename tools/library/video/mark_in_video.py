"""Draw detected boxes into a video."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools import Boxes, Image, Table, Video, progress, tool
from tools.library.regions.draw_boxes import draw_boxes
from tools.signal.video.video_boxes import TimedBox, table_to_boxes
from tools.signal.video.video_frames import read_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOX_DURATION_S = 0.55
"""How long a box is shown without a newer one: detect_in_video samples twice a second."""


@tool(words="Draw the boxes {boxes} into {video}")
def mark_in_video(video: Video, boxes: Table) -> Video:
    """Draw into a film the boxes that detect_in_video or track found.

    >>> shown = mark_in_video(film, detect_in_video(film))
    """
    return Video.of_frames(_marked_frames(video, table_to_boxes(boxes)), video.fps)


def _marked_frames(video: Video, boxes: list[TimedBox]) -> Iterator[NDArray[np.uint8]]:
    import numpy as np
    import PIL.Image

    times = sorted({at.second for at in boxes})
    for second, pixels in read_frames(video):
        progress(second / max(video.seconds, second + 0.01), f"second {second:.1f}")
        # The table's times are rounded to hundredths.
        newest = max((time for time in times if time <= second + 0.006), default=None)
        if newest is None or second - newest > BOX_DURATION_S:
            yield pixels
            continue
        current_boxes = Boxes(tuple(at.box for at in boxes if at.second == newest))
        marked = draw_boxes(Image(PIL.Image.fromarray(pixels)), current_boxes)
        yield np.asarray(marked.pixels)
