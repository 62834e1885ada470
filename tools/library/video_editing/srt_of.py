"""Write what is said in a film as a subtitle file."""

from __future__ import annotations

from tools import BadArgument, Table, tool
from tools.signal.video.timed_lines import balanced_lines, lines_of, srt_time, subtitles_of


@tool(words="Write {lines} as a subtitle file", internal=True)
def srt_of(lines: Table) -> str:
    """Write what spoken_lines gives as a subtitle file (SRT); an error if nobody speaks.

    >>> subtitles = srt_of(spoken_lines(film))
    """
    subtitles = subtitles_of(lines_of(lines))
    if not subtitles:
        raise BadArgument(
            "nothing is said in the film: there are no words for subtitles",
            hint="use a film in which somebody speaks",
        )
    blocks = (
        f"{number}\n{srt_time(line.start)} --> {srt_time(line.end)}\n"
        + "\n".join(balanced_lines(line.words))
        for number, line in enumerate(subtitles, start=1)
    )
    return "\n\n".join(blocks) + "\n"
