"""Write tables into answers as aligned text, and read them back for the page."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence

from agent.plan.answer.list_wording import join_words
from agent.plan.answer.number_wording import format_duration, format_number
from tools.media import Table
from tools.signal.video.video_boxes import COLUMNS

_SPAN = ("from second", "to second")
_RULE = re.compile(r"\|[-| ]+\|")
_CELL_BORDER = re.compile(r"(?<!\\)\|")


def describe_table(table: Table, sentence: str, *, coordinates: bool, english: bool = True) -> str:
    """Return times as words, and any other table as lines of aligned cells."""
    if not table.rows:
        return "none"
    if table.columns == _SPAN:
        spans = [_span(float(start), float(end)) for start, end in table.rows]
        return join_words(spans, english=english)
    if table.columns == COLUMNS and not coordinates:
        return _describe_times(table, sentence, english=english)
    heading = [column.removesuffix(" second") for column in table.columns]
    rows = [
        [_cell(name, value) for name, value in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]
    return write_table(heading, rows)


def write_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the lines of a Markdown table with aligned cells."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in (heading, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    written = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in lines
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([written[0], rule, *written[1:]])


def split_tables(text: str) -> list[str | Table]:
    """Return the text and the tables of an answer in order."""
    parts: list[str | Table] = []
    lines = text.split("\n")
    words: list[str] = []
    index = 0
    while index < len(lines):
        if _is_row(lines[index]) and index + 1 < len(lines) and _RULE.fullmatch(lines[index + 1]):
            end = index + 2
            while end < len(lines) and _is_row(lines[end]):
                end += 1
            parts += ["\n".join(words)] if any(words) else []
            words = []
            rows = tuple(map(_cells, lines[index + 2 : end]))
            parts.append(Table(_cells(lines[index]), rows))
            index = end
        else:
            words.append(lines[index])
            index += 1
    return [*parts, "\n".join(words)] if any(words) else parts


def _describe_times(table: Table, sentence: str, *, english: bool) -> str:
    """Return when each thing is seen in a film."""
    times: defaultdict[str, set[float]] = defaultdict(set)
    for second, label, *_ in table.rows:
        times[str(label) or "region"].add(float(second))
    every = sorted(set[float]().union(*times.values()))
    step = min((b - a for a, b in itertools.pairwise(every)), default=1.0)
    named = [
        (label, join_words(_spans(sorted(seconds), step), english=english))
        for label, seconds in times.items()
    ]
    if len(named) == 1 and named[0][0].casefold() in sentence.casefold():
        return named[0][1]
    return "; ".join(f"{label} {spans}" for label, spans in named)


def _spans(seconds: Sequence[float], step: float) -> list[str]:
    spans = [[seconds[0], seconds[0]]]
    for second in seconds[1:]:
        if second - spans[-1][1] <= 2.1 * step:
            spans[-1][1] = second
        else:
            spans.append([second, second])
    return [_span(start, end) for start, end in spans]


def _span(start: float, end: float) -> str:
    if start == end:
        return f"at {format_duration(start)}"
    return f"from {format_duration(start)} to {format_duration(end)}"


def _cell(column: str, value: str | float) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if column in _SPAN:
        return format_duration(value)
    if column == "score" and 0 <= value <= 1:
        return f"{value:.0%}".replace("%", " %")
    return format_number(value)


def _is_row(line: str) -> bool:
    return len(line) > 2 and line.startswith("| ") and line.endswith(" |")


def _cells(line: str) -> tuple[str, ...]:
    inner = _CELL_BORDER.split(line)[1:-1]
    return tuple(cell.strip().replace("\\|", "|") for cell in inner)
