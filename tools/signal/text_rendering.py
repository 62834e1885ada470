"""Text as a mask: one line or several, in letters of a size.

OpenCV carries two typefaces, Rubik and WenQuanYi Micro Hei: Latin, Greek, Cyrillic, Chinese,
Japanese and Korean look the same on every machine. Scripts that are written from right to left or
whose letters join are shaped by Pillow, with a font of this machine that has them.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import PIL.Image

from tools.errors import BadArgument

if TYPE_CHECKING:
    import PIL.ImageFont

Align = Literal["left", "middle", "right"]

WEIGHT = 600
"""Semi-bold: letters on a picture need some body."""

DESCENT = 0.3
"""What lies below the baseline, of the letters' size."""

_SHAPED_FONTS = (
    "DejaVuSans-Bold.ttf",
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "FreeSans.ttf",
    "Arial Unicode.ttf",
    "Arial.ttf",
    "Nirmala.ttf",
    "LeelawUI.ttf",
)
_NOT_A_CHARACTER = "\U0010ffff"


class Lettering(ABC):
    """One typeface in one size."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.line_height = size + round(DESCENT * size)

    @abstractmethod
    def width(self, line: str) -> int:
        """Return how many pixels a line takes."""

    @abstractmethod
    def mask(self, line: str) -> PIL.Image.Image:
        """Return a line in mode L: 255 within the letters."""


def lettering_for(text: str, size: int) -> Lettering:
    """Return a typeface that has every character; BadArgument if none has."""
    characters = frozenset(text)
    lacking = sorted(filter(_is_foreign, characters))
    if not lacking:
        return _BundledLettering(size)
    for name in _SHAPED_FONTS:
        if _has_all(name, characters):
            return _SystemLettering(name, size)
    examples = ", ".join(map(repr, lacking[:5]))
    raise BadArgument(
        f"there is no font here for {examples} in {text[:40]!r}; Latin, Greek, Cyrillic, Chinese, "
        "Japanese and Korean can be written everywhere",
        hint="leave these characters out, or install a font for them such as DejaVu or Noto Sans",
    )


def plain_text(text: str) -> str:
    """Return the text with composed letters, without control characters and trailing space."""
    composed = unicodedata.normalize("NFC", text.replace("\t", " "))
    characters = (c for c in composed if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    # Variation selectors choose between looks that no font here has.
    return re.sub("[\ufe00-\ufe0f]", "", "".join(characters)).strip()


def wrap_text(text: str, lettering: Lettering, width: int) -> list[str]:
    """Break the text into lines of at most a width, between words where possible."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if lettering.width(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = _break_word(word, lettering, width)
            lines += whole
        lines.append(line)
    return lines


def text_mask(lines: Sequence[str], lettering: Lettering, align: Align) -> PIL.Image.Image:
    """Return the lines below each other in mode L."""
    masks = [lettering.mask(line) for line in lines]
    width = max((mask.width for mask in masks), default=1)
    block = PIL.Image.new("L", (width, max(1, lettering.line_height * len(masks))), 0)
    share = {"left": 0.0, "middle": 0.5, "right": 1.0}[align]
    for index, mask in enumerate(masks):
        corner = (round(share * (width - mask.width)), lettering.line_height * index)
        block.paste(mask, corner)
    return block


def grow_mask(mask: PIL.Image.Image, pixels: int) -> PIL.Image.Image:
    """Return the mask with a rim of that many pixels around what it shows, for outlines."""
    import cv2

    wide = np.pad(np.asarray(mask), pixels)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return PIL.Image.fromarray(cv2.dilate(wide, disc))


class _BundledLettering(Lettering):
    def width(self, line: str) -> int:
        if not line:
            return 1
        import cv2

        _, _, width, _ = cv2.getTextSize(
            (1, 1), line, (0, 0), _bundled_face(), self.size, weight=WEIGHT
        )
        return max(1, width)

    def mask(self, line: str) -> PIL.Image.Image:
        import cv2

        canvas = np.zeros((self.line_height, self.width(line)), np.uint8)
        if line:
            face, origin = _bundled_face(), (0, self.size)
            cv2.putText(canvas, line, origin, (255,), face, self.size, weight=WEIGHT)
        return PIL.Image.fromarray(canvas)


class _SystemLettering(Lettering):
    def __init__(self, name: str, size: int) -> None:
        super().__init__(size)
        # Its letters are taller than those of the bundled typeface at the same size.
        self._font = _system_font(name, max(1, round(0.95 * size)))

    def width(self, line: str) -> int:
        return max(1, round(self._font.getlength(line) + 0.5))

    def mask(self, line: str) -> PIL.Image.Image:
        from PIL import ImageDraw

        canvas = PIL.Image.new("L", (self.width(line), self.line_height), 0)
        pen = ImageDraw.Draw(canvas)
        pen.text((0, self.size), line, fill=255, font=self._font, anchor="ls")
        return canvas


def _break_word(word: str, lettering: Lettering, width: int) -> list[str]:
    """Return the word in pieces of at most a width, but of at least one character."""
    pieces: list[str] = []
    piece = ""
    for character in word:
        if piece and lettering.width(piece + character) > width:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


@cache
def _is_foreign(character: str) -> bool:
    """Return whether OpenCV's typefaces cannot write a character."""
    if character in " \n?":
        return False
    if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
        return True
    return _drawn_alone(character) == _drawn_alone("?")


def _drawn_alone(character: str) -> bytes:
    import cv2

    canvas = np.zeros((40, 60), np.uint8)
    cv2.putText(canvas, character, (4, 28), (255,), _bundled_face(), 24, weight=WEIGHT)
    return canvas.tobytes()


def _bundled_face() -> Any:
    import cv2

    return cv2.FontFace("sans")


@cache
def _has_all(name: str, characters: frozenset[str]) -> bool:
    try:
        font = _system_font(name, 24)
    except OSError:  # there is no such font here
        return False
    absent = _glyph(font, _NOT_A_CHARACTER)
    visible = (character for character in characters if not character.isspace())
    return all(_glyph(font, character) != absent for character in visible)


def _glyph(font: PIL.ImageFont.FreeTypeFont, character: str) -> bytes:
    mask: Any = font.getmask(character)
    return bytes(mask)


def _system_font(name: str, size: int) -> PIL.ImageFont.FreeTypeFont:
    import PIL.ImageFont

    return PIL.ImageFont.truetype(name, size)
