"""Translate what is said in a film, and keep its times."""

from __future__ import annotations

from dataclasses import replace

from tools import Table, check_stop, progress, tool
from tools.library.text.translate import require_language
from tools.sdk.text_writer import Writer, render_instruction
from tools.signal.video.timed_lines import lines_of, lines_table


@tool(words="Translate {lines} into {language}", internal=True)
def translate_lines(model: Writer, lines: Table, language: str) -> Table:
    """Translate what spoken_lines wrote down into a language; the times stay.

    >>> french = translate_lines(spoken_lines(film), "French")
    """
    require_language(language)
    rows = lines_of(lines)
    task = render_instruction("translate", language=language.strip())
    for number, line in enumerate(rows):
        check_stop()
        progress(number / len(rows), f"line {number + 1} of {len(rows)}")
        if line.words.strip():
            words = " ".join(model.write(task, line.words).split())
            rows[number] = replace(line, words=words)
    return lines_table(rows)
