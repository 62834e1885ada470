"""Translate what is said in a film, and keep its times."""

from __future__ import annotations

from dataclasses import replace

from tools import Table, check_stop, progress, tool
from tools.library.text.translate import require_language
from tools.sdk.text_writer import Writer, render_instruction
from tools.signal.spoken_lines import lines_of, lines_table


@tool(words="Translate {lines} into {language}", internal=True)
def translate_lines(model: Writer, lines: Table, language: str) -> Table:
    """Translate what spoken_lines wrote down into a language; the times stay.

    >>> french = translate_lines(spoken_lines(film), "French")
    """
    require_language(language)
    spoken = lines_of(lines)
    task = render_instruction("translate", language=language.strip())
    for number, line in enumerate(spoken):
        check_stop()
        progress(number / len(spoken), f"line {number + 1} of {len(spoken)}")
        if line.words.strip():
            words = " ".join(model.write(task, line.words).split())
            spoken[number] = replace(line, words=words)
    return lines_table(spoken)
