"""Say when which words are spoken in a film."""

from __future__ import annotations

from tools import Table, Video, tool
from tools.library.audio.transcribe import Transcriber
from tools.signal.video.timed_lines import lines_table
from tools.signal.video.video_frames import extract_audio


@tool(words="Write down what is said in {video}, and when", internal=True)
def spoken_lines(model: Transcriber, video: Video) -> Table:
    """Write down what is said in a film, line by line with times; no rows if nobody speaks.

    >>> lines = spoken_lines(film)
    """
    sound = extract_audio(video)
    return lines_table(model.lines(sound) if sound else ())
