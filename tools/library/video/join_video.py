"""Concatenate videos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tools import Audio, BadArgument, Video, progress, tool
from tools.media.media_limits import LIMITS
from tools.signal.video.video_frames import (
    AUDIO_RATE,
    extract_audio,
    fit_duration,
    fit_image,
    read_frames,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@tool(words="Join {videos}, one after the other")
def join_video(videos: list[Video]) -> Video:
    """Join films into one that shows them one after the other, in the size of the first.

    >>> twice = join_video([film, film])
    """
    import numpy as np

    if not videos:
        raise BadArgument("there are no films to join", hint="give a list, as [first, second]")
    seconds = sum(video.seconds for video in videos)
    if seconds > LIMITS.seconds:
        raise BadArgument(
            f"the films last {seconds:,.0f} seconds together; {LIMITS.seconds:,.0f} are allowed",
            hint="join fewer of them",
        )
    sounds = [extract_audio(video) for video in videos]
    sound = None
    if any(sounds):
        pairs = zip(sounds, videos, strict=True)
        tracks = [fit_duration(part, video.seconds, AUDIO_RATE) for part, video in pairs]
        sound = Audio(np.concatenate(tracks), AUDIO_RATE)
    return Video.of_frames(_frames(videos), videos[0].fps, sound)


def _frames(videos: Sequence[Video]) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of all videos in the size and frame rate of the first."""
    import PIL.Image

    size, fps = (videos[0].width, videos[0].height), videos[0].fps
    total = sum(video.seconds for video in videos)
    frame_count = 0
    start_second = 0.0
    for video in videos:
        for second, pixels in read_frames(video):
            # Repeat frames of a video with a lower frame rate, drop frames of one with a higher.
            while frame_count / fps < start_second + second + 1 / video.fps - 1e-6:
                progress(
                    frame_count / fps / total, f"{frame_count / fps:.0f} of {total:.0f} seconds"
                )
                yield fit_image(PIL.Image.fromarray(pixels), size)
                frame_count += 1
        start_second = frame_count / fps
