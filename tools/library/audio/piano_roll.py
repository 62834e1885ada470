"""Draw notes as a piano roll."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
import PIL.ImageDraw

from tools import BadArgument, Image, Table, tool
from tools.signal.music.note_tables import key_name, notes_of
from tools.signal.music.piano_synth import Note
from tools.signal.text_rendering import lettering_for

ROW = 14
"""Pixels for each key."""
NAMES_WIDTH = 44
TIMES_HEIGHT = 28
SECOND = 100
"""Pixels for each second, fewer where the picture would become too wide."""
WIDEST = 4_000
MARGIN_KEYS = 2
FEWEST_KEYS = 12
_BLACK_KEYS = frozenset((1, 3, 6, 8, 10))
_UNSURE, _SURE = (158, 202, 225), (8, 69, 148)
"""Colours of the least sure and of the surest notes."""
_STEPS_S = (0.5, 1, 2, 5, 10, 30, 60, 300, 600)


@tool(words="Draw {notes} as a piano roll")
def piano_roll(notes: Table) -> Image:
    """Draw notes as a piano roll: pitch upwards, time to the right.

    The surer a note, the darker it is.

    >>> picture = piano_roll(notes(make_music("calm", seconds=4)))
    """
    played = notes_of(notes)
    if not played:
        raise BadArgument(
            "the table holds no notes: there is nothing to draw",
            hint="use a sound in which something is played or sung",
        )
    seconds = max(max(note.end for note in played), 1.0)
    scale = min(SECOND, (WIDEST - NAMES_WIDTH) / seconds)
    low, high = _range(played)
    size = (NAMES_WIDTH + round(seconds * scale) + 1, (high - low + 1) * ROW + TIMES_HEIGHT)
    image = PIL.Image.new("RGB", size, "white")
    pen = PIL.ImageDraw.Draw(image)
    _draw_keys(image, pen, low, high)
    _draw_times(image, pen, seconds, scale)
    for note in sorted(played, key=lambda note: note.loudness):
        top = (high - note.key) * ROW
        left = NAMES_WIDTH + note.start * scale
        right = max(NAMES_WIDTH + note.end * scale, left + 2)
        box = (left, top + 1, right, top + ROW - 2)
        pen.rounded_rectangle(box, 3, fill=_colour(note.loudness), outline=(8, 48, 107))
    return Image(image)


def _range(notes: Sequence[Note]) -> tuple[int, int]:
    """Return the lowest and the highest key that are drawn."""
    low = min(note.key for note in notes) - MARGIN_KEYS
    high = max(note.key for note in notes) + MARGIN_KEYS
    missing = max(0, FEWEST_KEYS - (high - low + 1))
    return max(0, low - missing // 2), min(127, high + (missing + 1) // 2)


def _draw_keys(image: PIL.Image.Image, pen: PIL.ImageDraw.ImageDraw, low: int, high: int) -> None:
    """Draw a row for each key, grey for black keys, and the name of each C."""
    for key in range(low, high + 1):
        top = (high - key) * ROW
        shade = (236, 236, 240) if key % 12 in _BLACK_KEYS else (252, 252, 253)
        pen.rectangle((NAMES_WIDTH, top, image.width, top + ROW - 1), fill=shade)
        if key % 12 == 0:
            line = top + ROW - 1
            pen.line((NAMES_WIDTH, line, image.width, line), fill=(190, 190, 200))
            _write(image, key_name(key), (6, top))
    pen.line((NAMES_WIDTH, 0, NAMES_WIDTH, (high - low + 1) * ROW), fill=(120, 120, 130))


def _draw_times(
    image: PIL.Image.Image, pen: PIL.ImageDraw.ImageDraw, seconds: float, scale: float
) -> None:
    """Draw a line every so many seconds, with its time below."""
    bottom = image.height - TIMES_HEIGHT
    step = next((step for step in _STEPS_S if step * scale >= 60), _STEPS_S[-1])
    for second in np.arange(0, seconds + 1e-6, step):
        left = round(NAMES_WIDTH + second * scale)
        pen.line((left, 0, left, bottom), fill=(214, 214, 222))
        if left + 30 <= image.width:
            _write(image, f"{second:g} s", (left + 2, bottom + 6))


def _write(image: PIL.Image.Image, text: str, corner: tuple[int, int]) -> None:
    mask = lettering_for(text, 11).mask(text)
    image.paste((70, 70, 80), corner, mask)


def _colour(score: float) -> tuple[int, int, int]:
    red, green, blue = (
        round(unsure + (sure - unsure) * score) for unsure, sure in zip(_UNSURE, _SURE, strict=True)
    )
    return red, green, blue
