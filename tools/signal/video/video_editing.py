"""Change the frames of a film one by one and keep its sound in time with them.

Films are decoded and encoded as streams: no more than a few frames are in memory at once. Frames
are placed by the time that the file gives them, so that films of telephones, whose frame rate
varies, stay in time with their sound.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from tools.errors import BadArgument
from tools.media import Audio, Video
from tools.media.media_limits import LIMITS
from tools.media.video import upright
from tools.sdk.call_context import check_stop, progress
from tools.signal.video.video_frames import AUDIO_RATE, video_duration

if TYPE_CHECKING:
    from av import AudioFrame, VideoFrame
    from numpy.typing import NDArray

MOST_FPS = 60.0
LEAST_FPS = 1.0
_BEFORE_S = 0.2
"""Sound is decoded from this much earlier: a decoder needs some frames until it is right."""


def edited_fps(video: Video) -> float:
    """Return the frame rate of what is made of a film: its own, within what players show.

    Where frames come at varying times it is the rate at which each of them has its own time.
    """
    import av

    with av.open(io.BytesIO(video.encoded), "r") as container:
        finest = float(container.streams.video[0].base_rate or 0)
    fps = finest if video.fps <= finest <= MOST_FPS else video.fps
    return min(max(fps, LEAST_FPS), MOST_FPS)


def change_frames(
    video: Video, change: Callable[[float, NDArray[np.uint8]], NDArray[np.uint8]]
) -> Video:
    """Return the film with each frame changed, given its second, and with the same sound."""
    fps, seconds = edited_fps(video), video_duration(video)
    count = frame_count(video, seconds, fps)
    frames = steady_frames(timed_frames(video), fps, count)
    changed = (change(number / fps, pixels) for number, pixels in enumerate(frames))
    return Video.of_frames(changed, fps, sound_between(video, 0, count / fps))


def frame_count(video: Video, seconds: float, fps: float) -> int:
    """Return how many frames that many seconds have; BadArgument if they are too many."""
    count = max(1, round(seconds * fps))
    require_pixels(count, video.width, video.height)
    return count


def require_pixels(count: int, width: int, height: int) -> None:
    """Refuse to make a film whose frames have too many pixels in all."""
    pixels = count * width * height
    if pixels > LIMITS.video_pixels:
        raise BadArgument(
            f"the film would have {count:,} frames of {width:,}×{height:,}, {pixels:,} pixels in "
            f"all; {LIMITS.video_pixels:,} are allowed",
            hint="make it smaller with resize_video, or use a part of it",
        )


def timed_frames(video: Video, start: float = 0.0) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Decode the frame shown at a second and all after it, each with its second, upright."""
    import av

    with av.open(io.BytesIO(video.encoded), "r") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        base = float(stream.time_base or 1)
        first = stream.start_time or 0
        if start > 0:
            container.seek(first + int(start / base), stream=stream)
        earlier: tuple[float, VideoFrame] | None = None
        second = -1 / video.fps
        for frame in container.decode(stream):
            check_stop()
            pts = frame.pts
            second = second + 1 / video.fps if pts is None else (pts - first) * base
            if second <= start + 1e-6:
                earlier = second, frame
                continue
            if earlier:
                yield earlier[0], upright(earlier[1], earlier[1].rotation)
                earlier = None
            yield second, upright(frame, frame.rotation)
        if earlier:
            yield earlier[0], upright(earlier[1], earlier[1].rotation)


def steady_frames(
    frames: Iterable[tuple[float, NDArray[np.uint8]]], fps: float, count: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield as many frames at a constant rate, each the one that is shown at its time."""
    number = 0
    current: NDArray[np.uint8] | None = None
    for second, pixels in frames:
        while current is not None and number < count and number + 0.5 <= second * fps + 1e-6:
            progress(number / count, f"{number:,} of {count:,} frames")
            yield current
            number += 1
        if number == count:
            return
        current = pixels
    while current is not None and number < count:
        yield current
        number += 1


def sound_between(video: Video, start: float, end: float) -> Audio | None:
    """Return the sound from one second to another, of exactly that length; None if none."""
    import av

    with av.open(io.BytesIO(video.encoded), "r") as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        layout = "mono" if stream.channels == 1 else "stereo"
        base = float(stream.time_base or 1)
        pictures = container.streams.video[0]
        first = float((pictures.start_time or 0) * (pictures.time_base or 1))
        length = round((end - start) * AUDIO_RATE)
        samples = np.zeros((1 if layout == "mono" else 2, length), np.float32)
        if start > _BEFORE_S:
            container.seek(int((first + start - _BEFORE_S) / base), stream=stream)
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=AUDIO_RATE)
        position: int | None = None
        for frame in _with_end(container.decode(stream)):
            check_stop()
            if frame and position is None:
                position = round(((frame.time or 0) - first - start) * AUDIO_RATE)
            for piece in resampler.resample(frame):
                position = position or 0
                _write(samples, position, piece.to_ndarray().astype(np.float32, copy=False))
                position += piece.samples
            if position and position >= length:
                break
    return Audio(samples, AUDIO_RATE)


def _with_end(frames: Iterable[AudioFrame]) -> Iterator[AudioFrame | None]:
    """Yield the frames and then None, on which a resampler gives out its rest."""
    yield from frames
    yield None


def _write(samples: NDArray[np.float32], position: int, piece: NDArray[np.float32]) -> None:
    """Write a piece into the samples where they overlap."""
    start, end = max(position, 0), min(position + piece.shape[1], samples.shape[1])
    if start < end:
        samples[:, start:end] = piece[:, start - position : end - position]


def second_within(name: str, second: float, seconds: float) -> float:
    """Return the second from the start; a negative one counts from the end of the film."""
    if second != second:  # not a number
        raise BadArgument(f"{name} is {second}", hint=f"give {name} in seconds")
    return max(0.0, seconds + second) if second < 0 else second
