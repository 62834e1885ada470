"""Cut a part out of a film."""

from __future__ import annotations

from tools import Video, tool
from tools.sdk.argument_checks import require_span
from tools.signal.video.video_editing import (
    edited_fps,
    frame_count,
    second_within,
    sound_between,
    steady_frames,
    timed_frames,
)
from tools.signal.video.video_frames import video_duration


@tool(words="Keep a part of {video}, from second {start}[ to {end}]")
def cut_video(video: Video, start: float = 0.0, end: float | None = None) -> Video:
    """Keep only a part of a film, from one second to another; negative seconds count from the end.

    >>> beginning = cut_video(film, 0, 1)
    >>> last_second = cut_video(film, -1)
    """
    seconds = video_duration(video)
    start = second_within("start", start, seconds)
    end = seconds if end is None else second_within("end", end, seconds)
    require_span(start, end, seconds)
    end = min(end, seconds)
    if start == 0 and end == seconds:
        return video
    fps = edited_fps(video)
    # Frame by frame, so that the sound begins and ends with the pictures.
    start = round(start * fps) / fps
    count = frame_count(video, end - start, fps)
    frames = ((second - start, pixels) for second, pixels in timed_frames(video, start))
    sound = sound_between(video, start, start + count / fps)
    return Video.of_frames(steady_frames(frames, fps, count), fps, sound)
