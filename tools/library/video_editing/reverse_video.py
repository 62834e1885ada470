"""Play a film backwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools import Audio, Video, tool
from tools.signal.video.video_copying import with_copied_frames
from tools.signal.video.video_editing import (
    edited_fps,
    frame_count,
    sound_between,
    steady_frames,
    timed_frames,
)
from tools.signal.video.video_frames import AUDIO_RATE, video_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_BYTES = 256_000_000
"""Frames in memory at once: each chunk is encoded backwards, then the chunks are joined."""


@tool(words="Play {video} backwards")
def reverse_video(video: Video) -> Video:
    """Play a film backwards.

    Its sound is played backwards too.

    >>> backwards = reverse_video(film)
    """
    fps = edited_fps(video)
    count = frame_count(video, video_duration(video), fps)
    size = max(2, CHUNK_BYTES // (3 * video.width * video.height))
    frames = steady_frames(timed_frames(video), fps, count)
    parts = [Video.of_frames(reversed(chunk), fps).encoded for chunk in _chunks(frames, size)]
    sound = sound_between(video, 0, count / fps)
    backwards = Audio(sound.samples[:, ::-1], AUDIO_RATE) if sound else None
    return with_copied_frames(parts[::-1], backwards)


def _chunks(
    frames: Iterable[NDArray[np.uint8]], size: int
) -> Iterator[Sequence[NDArray[np.uint8]]]:
    chunk: list[NDArray[np.uint8]] = []
    for pixels in frames:
        chunk.append(pixels)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
