"""Reduce large videos while they are decoded: smaller frames, and fewer of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Self

from tools.media.video import upright

if TYPE_CHECKING:
    import numpy as np
    from av import VideoStream
    from av.container import InputContainer
    from numpy.typing import NDArray

MAX_SIDE = 1280
"""Longest side of the frames of a reduced video."""
MIN_FPS = 4.0
"""A slower video would no longer show what happens; its frames get smaller instead."""


@dataclass(frozen=True)
class Reduction:
    """The frame size and rate of a reduced video."""

    width: int
    height: int
    fps: float
    frames: int
    skips_frames: bool
    """Whether frames that no other frame refers to need not be decoded."""

    @classmethod
    def of(cls, width: int, height: int, fps: float, seconds: float, pixels: int) -> Self:
        """Return the reduction of a video to a number of pixels in all frames together."""
        scale = min(1.0, MAX_SIDE / max(width, height))
        pixels_per_second = pixels / max(seconds, 1 / fps)
        reduced_fps = min(fps, max(MIN_FPS, pixels_per_second / (width * height * scale**2)))
        scale = min(scale, sqrt(pixels_per_second / (reduced_fps * width * height)))
        return cls(
            max(2, round(width * scale) // 2 * 2),
            max(2, round(height * scale) // 2 * 2),
            reduced_fps,
            frames=round(seconds * reduced_fps) + 2,
            skips_frames=reduced_fps <= fps / 2,
        )


def reduced_frames(
    container: InputContainer,
    stream: VideoStream,
    reduction: Reduction,
    check: Callable[[float, int], None],
) -> Iterator[NDArray[np.uint8]]:
    """Decode a video at the reduced size and rate: (height, width, 3) each.

    `check` gets the seconds and pixels decoded so far, and raises if there are too many.
    """
    if reduction.skips_frames:
        stream.codec_context.skip_frame = "NONREF"
    pixels = count = 0
    start: float | None = None
    for frame in container.decode(stream):
        pixels += frame.width * frame.height
        time = float(frame.time or 0.0)
        start = time if start is None else start
        check(time - start, pixels)
        if time < start + count / reduction.fps:
            continue
        small = frame.reformat(reduction.width, reduction.height)
        image = upright(small, frame.rotation)
        # A skipped frame leaves a gap, which the next frame fills.
        while start + count / reduction.fps <= time:
            count += 1
            if count > reduction.frames:
                raise ValueError("its frames last longer than it states")
            yield image
