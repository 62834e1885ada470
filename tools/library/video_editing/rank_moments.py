"""Find the seconds of a film that a question is about."""

from __future__ import annotations

from math import isfinite

from tools import BadArgument, Table, tool
from tools.library.audio.sounds_in_video import SOUND_COLUMNS
from tools.media.media_limits import LIMITS
from tools.sdk.argument_checks import require_prompt
from tools.signal.moment_search import SPOKEN_SCORE, Evidence, find_moments
from tools.signal.spoken_lines import lines_of
from tools.signal.video_boxes import table_to_boxes

MOST_MOMENTS = 20


@tool(words="Find “{what}” among what is seen, heard and said", internal=True)
def rank_moments(what: str, seen: Table, heard: Table, spoken: Table) -> list[float]:
    """Find the seconds at which something is seen, heard or said, the likeliest first.

    >>> seen = detect_in_video(film)
    >>> times = rank_moments("cup", seen, sounds_in_video(film), spoken_lines(film))
    """
    require_prompt(what, "to find", 'find_moment(video1, "a dog barks")')
    evidence = [Evidence(at.second, at.box.label, at.box.score) for at in table_to_boxes(seen)]
    evidence += _sounds(heard)
    for line in lines_of(spoken):
        words = line.words.split()
        for number, word in enumerate(words):
            second = line.start + (line.end - line.start) * number / len(words)
            evidence.append(Evidence(second, word, SPOKEN_SCORE, spoken=True))
    if not all(isfinite(item.second) and 0 <= item.second <= LIMITS.seconds for item in evidence):
        raise BadArgument(
            "the tables name seconds that no film has",
            hint="use what detect_in_video, sounds_in_video and spoken_lines give",
        )
    return find_moments(what, evidence)[:MOST_MOMENTS]


def _sounds(heard: Table) -> list[Evidence]:
    if heard.columns != SOUND_COLUMNS:
        raise BadArgument(
            f"the table has the columns {', '.join(heard.columns)}; sounds in a film have "
            f"{', '.join(SOUND_COLUMNS)}",
            hint="use what sounds_in_video gives",
        )
    return [
        Evidence(float(second), str(sound), float(score)) for second, sound, score in heard.rows
    ]
