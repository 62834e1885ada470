"""Split a film where the scene changes."""

from __future__ import annotations

from tools import Video, progress, tool
from tools.library.video_editing.cut_video import cut_video
from tools.signal.video.scene_cuts import find_cuts
from tools.signal.video.video_editing import edited_fps, frame_count, steady_frames, timed_frames
from tools.signal.video.video_frames import video_duration

SHORTEST_SHOT_S = 0.4
MOST_SHOTS = 100


@tool(words="Split {video} where the scene changes")
def shots(video: Video) -> list[Video]:
    """Split a film where the scene changes, into one film for each shot.

    Cuts are found by how many colours change from one frame to the next; slow fades are not.

    >>> parts = shots(film)
    """
    fps, seconds = edited_fps(video), video_duration(video)
    count = frame_count(video, seconds, fps)
    frames = steady_frames(timed_frames(video), fps, count)
    starts = [0.0]
    for number in find_cuts(frames):
        second = number / fps
        if min(second - starts[-1], seconds - second) >= SHORTEST_SHOT_S:
            starts.append(second)
    starts = starts[:MOST_SHOTS]
    parts: list[Video] = []
    for start, end in zip(starts, [*starts[1:], seconds], strict=True):
        progress(start / max(seconds, 0.01), f"shot {len(parts) + 1} of {len(starts)}")
        parts.append(cut_video(video, start, end))
    return parts
