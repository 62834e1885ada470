"""Detect objects in a video."""

from __future__ import annotations

from math import ceil

from tools import Table, Video, progress, tool
from tools.library.vision.detect import Detector, detect
from tools.signal.video.video_boxes import TimedBox, boxes_to_table
from tools.signal.video.video_frames import frames_at, video_duration

STEP_S = 0.5
MAX_FRAMES = 120


@tool(words="Find every {label|thing} in {video}, twice a second")
def detect_in_video(model: Detector, video: Video, label: str = "") -> Table:
    """Find things in a film, all or of one kind: when and where they are, twice a second.

    >>> cups = detect_in_video(film, label="cup")
    """
    seconds = video_duration(video)
    step = max(STEP_S, seconds / MAX_FRAMES)
    times = [number * step for number in range(max(1, ceil(seconds / step)))]
    rows: list[TimedBox] = []
    for number, frame in enumerate(frames_at(video, times)):
        progress(number / len(times), f"second {frame.second:.1f} of {seconds:.1f}")
        boxes = detect(model, frame.image, label)
        rows += [TimedBox(frame.second, box) for box in boxes]
    return boxes_to_table(rows)
