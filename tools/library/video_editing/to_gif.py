"""Turn a film into an animated GIF."""

from __future__ import annotations

import io
from collections.abc import Iterator
from math import floor

import numpy as np
import PIL.Image

from tools import BadArgument, Image, Video, tool
from tools.sdk.argument_checks import require_between
from tools.signal.video.video_editing import edited_fps, steady_frames, timed_frames
from tools.signal.video.video_frames import video_duration

LARGEST_WIDTH = 1_000
MOST_FPS = 12.5
LEAST_FPS = 4.0
MOST_FRAMES = 400
"""Half a minute at the highest frame rate; longer films get fewer frames a second."""
MOST_PIXELS = 120_000_000
"""Of all frames together, each of them a byte in memory."""
PALETTE_FRAMES = 16
"""The frames that the colours are chosen from."""


@tool(words="Turn {video} into an animated GIF, {width} pixels wide")
def to_gif(video: Video, width: int = 480) -> Image:
    """Turn a film into an animated GIF of some width in pixels.

    It has 12.5 frames a second, fewer if it is long, and repeats for ever. A smaller film keeps
    its size.

    >>> moving = to_gif(film, width=160)
    """
    require_between("width", width, 2, LARGEST_WIDTH)
    seconds = video_duration(video)
    if seconds > MOST_FRAMES / LEAST_FPS:
        raise BadArgument(
            f"the film lasts {seconds:,.0f} seconds; {MOST_FRAMES / LEAST_FPS:.0f} are allowed "
            "for a GIF",
            hint="use a part of it: to_gif(cut_video(video1, 0, 10))",
        )
    size = _size(video, width)
    fps = min(
        edited_fps(video),
        MOST_FPS,
        MOST_FRAMES / seconds,
        MOST_PIXELS / (size[0] * size[1]) / seconds,
    )
    # GIF counts in hundredths of a second.
    delay = max(1, round(100 / fps))
    count = max(1, floor(seconds * 100 / delay + 0.5))
    palette = _palette(video, size, count)
    frames = _frames(video, size, 100 / delay, count, palette)
    file = io.BytesIO()
    next(frames).save(
        file,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=delay * 10,
        loop=0,
        optimize=False,
    )
    return Image.decode(file.getvalue())


def _size(video: Video, width: int) -> tuple[int, int]:
    width = min(width, video.width)
    return width, max(1, round(video.height * width / video.width))


def _palette(video: Video, size: tuple[int, int], count: int) -> PIL.Image.Image:
    """Return 255 colours for all frames: with its own palette each frame would flicker."""
    step = max(1, count // PALETTE_FRAMES)
    fps = count / max(video_duration(video), 1e-9)
    samples = [
        pixels
        for number, pixels in enumerate(_resized(video, size, fps, count))
        if number % step == 0
    ]
    return PIL.Image.fromarray(np.concatenate(samples)).quantize(255)


def _frames(
    video: Video, size: tuple[int, int], fps: float, count: int, palette: PIL.Image.Image
) -> Iterator[PIL.Image.Image]:
    for pixels in _resized(video, size, fps, count):
        yield PIL.Image.fromarray(pixels).quantize(palette=palette)


def _resized(video: Video, size: tuple[int, int], fps: float, count: int) -> Iterator[np.ndarray]:
    for pixels in steady_frames(timed_frames(video), fps, count):
        image = PIL.Image.fromarray(pixels).resize(size, PIL.Image.Resampling.LANCZOS)
        yield np.asarray(image)
