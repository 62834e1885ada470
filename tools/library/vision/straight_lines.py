"""Detect the straight lines of an image."""

from __future__ import annotations

import PIL.Image
import PIL.ImageDraw

from tools import Image, tool
from tools.signal.line_segments import LONGEST_SIDE, line_segments

LINE_WIDTH = 1 / 400
"""Of the longer side, and one pixel at least."""


@tool(words="Draw the straight lines of {image}")
def straight_lines(image: Image) -> Image:
    """Draw the straight lines of a picture, as of buildings and rooms, white on black.

    >>> lines = straight_lines(sign)
    """
    longer = max(image.width, image.height)
    scale = max(longer / LONGEST_SIDE, 1)
    width = max(round(longer * LINE_WIDTH), 1)
    canvas = PIL.Image.new("L", (image.width, image.height))
    pen = PIL.ImageDraw.Draw(canvas)
    for ends in line_segments(image.opaque()) * scale:
        pen.line(ends.tolist(), fill=255, width=width)
    return Image(canvas)
