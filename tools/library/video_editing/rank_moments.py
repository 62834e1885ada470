"""Find the seconds of a film that a question is about."""

from __future__ import annotations

from math import isfinite

from tools import BadArgument, Table, tool
from tools.library.audio.sounds_in_video import SOUND_COLUMNS
from tools.media.media_limits import LIMITS
from tools.sdk.argument_checks import require_prompt
from tools.signal.video.moment_search import SPOKEN_SCORE, Evidence, find_moments
from tools.signal.video.timed_lines import lines_of
from tools.signal.video.video_boxes import table_to_boxes

MOST_MOMENTS = 20


@tool(words="Find “{what}” among what is seen, heard and said", internal=True)
def rank_moments(what: str, things: Table, sounds: Table, lines: Table) -> list[float]:
    """Find the seconds at which something is seen, heard or said, the likeliest first.

    >>> things = detect_in_video(film)
    >>> times = rank_moments("cup", things, sounds_in_video(film), spoken_lines(film))
    """
    require_prompt(what, "to find", 'find_moment(video1, "a dog barks")')
    evidence = [Evidence(at.second, at.box.label, at.box.score) for at in table_to_boxes(things)]
    evidence += _sounds(sounds)
    for line in lines_of(lines):
        words = line.words.split()
        for number, word in enumerate(words):
            second = line.start + (line.end - line.start) * number / len(words)
            evidence.append(Evidence(second, word, SPOKEN_SCORE, is_speech=True))
    if not all(isfinite(item.second) and 0 <= item.second <= LIMITS.seconds for item in evidence):
        raise BadArgument(
            "the tables name seconds that no film has",
            hint="use what detect_in_video, sounds_in_video and spoken_lines give",
        )
    return find_moments(what, evidence)[:MOST_MOMENTS]


def _sounds(sounds: Table) -> list[Evidence]:
    if sounds.columns != SOUND_COLUMNS:
        raise BadArgument(
            f"the table has the columns {', '.join(sounds.columns)}; sounds in a film have "
            f"{', '.join(SOUND_COLUMNS)}",
            hint="use what sounds_in_video gives",
        )
    return [
        Evidence(float(second), str(sound), float(score)) for second, sound, score in sounds.rows
    ]
