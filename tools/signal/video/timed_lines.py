"""What is said in a recording, line by line with its times, as a table and as subtitles.

Plans hand such lines on as tables; nothing else needs a type of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from tools.errors import BadArgument
from tools.media import Table

COLUMNS = ("from second", "to second", "words")

LONGEST_LINE = 42
"""Characters, of which a subtitle has two lines: what people can read in time."""
LONGEST_SUBTITLE = 2 * LONGEST_LINE
SHORTEST_S = 0.8
"""A subtitle stays this long if the next one leaves room."""


@dataclass(frozen=True)
class SpokenLine:
    """Words, and from which second to which they are said."""

    start: float
    end: float
    words: str


def lines_table(lines: Iterable[SpokenLine]) -> Table:
    """Return lines as a table, one row each."""
    rows = ((round(line.start, 2), round(line.end, 2), line.words) for line in lines)
    return Table(COLUMNS, tuple(rows))


def lines_of(table: Table) -> list[SpokenLine]:
    """Return the lines that such a table holds; BadArgument if it is another table."""
    if table.columns != COLUMNS:
        raise BadArgument(
            f"the table has the columns {', '.join(table.columns)}; "
            f"what is said has {', '.join(COLUMNS)}",
            hint="use what spoken_lines gives",
        )
    lines: list[SpokenLine] = []
    for start, end, words in table.rows:
        try:
            line = SpokenLine(float(start), float(end), str(words))
        except ValueError as error:
            raise BadArgument(
                f"{start!r} to {end!r} are not two seconds", hint="give numbers of seconds"
            ) from error
        if not (isfinite(line.end) and 0 <= line.start <= line.end):
            raise BadArgument(
                f"there is no time from second {start!r} to {end!r}",
                hint="give the second at which the words begin, then the one at which they end",
            )
        lines.append(line)
    return lines


def subtitles_of(lines: Sequence[SpokenLine]) -> list[SpokenLine]:
    """Return the lines in pieces that can be read in time, none of which overlap."""
    pieces = [
        piece for line in sorted(lines, key=lambda line: line.start) for piece in _pieces(line)
    ]
    subtitles: list[SpokenLine] = []
    for number, piece in enumerate(pieces):
        following = pieces[number + 1].start if number + 1 < len(pieces) else float("inf")
        end = min(max(piece.end, piece.start + SHORTEST_S), max(following, piece.start))
        subtitles.append(SpokenLine(piece.start, end, piece.words))
    return subtitles


def balanced_lines(words: str) -> list[str]:
    """Return a subtitle as one line or, where it is long, as two of about the same length."""
    if len(words) <= LONGEST_LINE:
        return [words]
    spaces = [place for place, character in enumerate(words) if character == " "]
    if not spaces:
        return [words]
    middle = min(spaces, key=lambda place: abs(place - len(words) / 2))
    return [words[:middle], words[middle + 1 :]]


def srt_time(second: float) -> str:
    """Return a time as subtitle files write it: hours, minutes, seconds and milliseconds."""
    milliseconds = round(second * 1_000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1_000:02},{milliseconds % 1_000:03}"


def _pieces(line: SpokenLine) -> Iterator[SpokenLine]:
    """Yield a long line in pieces of about the same length, each for its share of the time."""
    words = " ".join(line.words.split())
    if not words:
        return
    texts = _split(words)
    seconds = (line.end - line.start) / sum(map(len, texts))
    start = line.start
    for text in texts:
        end = start + seconds * len(text)
        yield SpokenLine(start, end, text)
        start = end


def _split(words: str) -> list[str]:
    """Split words into pieces that are short enough, behind punctuation where possible."""
    if len(words) <= LONGEST_SUBTITLE:
        return [words]
    middle = len(words) / 2
    spaces = [place for place, character in enumerate(words) if character == " "]

    def cost(place: int) -> float:
        # A pause a few words away from the middle is better than none.
        pause = LONGEST_LINE / 2 if words[place - 1] in ".,;:!?…" else 0
        return abs(place - middle) - pause

    position = min(spaces, key=cost) if spaces else round(middle)
    halves = (words[:position].strip(), words[position:].strip())
    return [piece for half in halves if half for piece in _split(half)]
