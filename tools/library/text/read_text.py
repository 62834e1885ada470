"""Read the text in an image (OCR)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Box, Boxes, Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region

SMALLEST_SIDE = 8
"""No letter is legible in fewer rows of pixels."""

MAX_ASPECT_RATIO = 50
"""The maximum aspect ratio. Models scale an image to about 2,000 pixels, which makes the letters
of a longer strip illegible."""


class TextReader(Model, ABC):
    """A model that recognises text in an image."""

    @abstractmethod
    def read(self, image: Image) -> Boxes:
        """Return a box for each piece of text, with the text as its label."""


@tool(words="Read the text in {image}[, within {region}]")
def read_text(model: TextReader, image: Image, region: Region | None = None) -> str:
    """Read the text in a picture, or a region of it, line by line; empty if there is none.

    >>> words = read_text(sign)
    """
    lines = read_lines(model, crop_to_region(image, region))
    return "\n".join(" ".join(text_box.label for text_box in line) for line in lines)


def read_lines(model: TextReader, image: Image) -> list[list[Box]]:
    """Return the text boxes in reading order: lines from the top, each from left to right."""
    short, long = sorted((image.width, image.height))
    if short < SMALLEST_SIDE or long > MAX_ASPECT_RATIO * short:
        raise BadArgument(
            f"a picture of {image.width}×{image.height} pixels cannot be read: its shorter side "
            f"must have {SMALLEST_SIDE} pixels or more, and a {MAX_ASPECT_RATIO}th of the longer "
            "one",
            hint="use the whole picture, or crop it into shorter parts",
        )
    lines: list[list[Box]] = []
    for text_box in sorted(model.read(image), key=lambda box: box.top + box.bottom):
        middle = (text_box.top + text_box.bottom) / 2
        if lines and lines[-1][0].top <= middle <= lines[-1][0].bottom:
            lines[-1].append(text_box)
        else:
            lines.append([text_box])
    return [sorted(line, key=lambda box: box.left) for line in lines]
