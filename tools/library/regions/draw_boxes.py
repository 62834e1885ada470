"""Draw detected boxes and their labels onto an image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from tools import Box, Boxes, Image, tool

if TYPE_CHECKING:
    import PIL.Image
    import PIL.ImageDraw
    import PIL.ImageFont

# Okabe and Ito's palette, which colour-blind people can distinguish, each colour with the text
# colour of best contrast. https://jfly.uni-koeln.de/color/
PALETTE = (
    ("#E69F00", "black"),
    ("#0072B2", "white"),
    ("#009E73", "black"),
    ("#CC79A7", "black"),
    ("#56B4E9", "black"),
    ("#D55E00", "black"),
    ("#F0E442", "black"),
)

Corners = tuple[int, int, int, int]


@tool(words="Draw the boxes {boxes} onto {image}")
def draw_boxes(image: Image, boxes: Boxes) -> Image:
    """Draw boxes, with their labels, onto the picture they were found in.

    >>> shown = draw_boxes(photo, detect(photo))
    """
    return image.map(lambda pixels: _draw_on(pixels.copy(), boxes))


def _draw_on(canvas: PIL.Image.Image, boxes: Boxes) -> PIL.Image.Image:
    import PIL.ImageDraw

    pen = PIL.ImageDraw.Draw(canvas)
    width = max(1, round(min(canvas.size) / 200))
    names = list(dict.fromkeys(box.label for box in boxes))
    colours = {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(names)}
    # The best box is first in the list and drawn last, so that it is on top.
    for box in reversed(boxes.items):
        frame = _clip(box, canvas.size)
        pen.rectangle(frame, outline=colours[box.label][0], width=width)
    occupied: list[Corners] = []
    for box in boxes:
        if box.label:
            frame = _clip(box, canvas.size)
            occupied.append(_draw_label(pen, box.label, frame, colours[box.label], occupied))
    return canvas


def _draw_label(
    pen: PIL.ImageDraw.ImageDraw,
    label: str,
    frame: Corners,
    colours: tuple[str, str],
    occupied: Iterable[Corners],
) -> Corners:
    """Draw a label for a frame, clear of earlier labels; return its rectangle."""
    canvas = pen.im.size
    text, font = _fit_label(label, canvas)
    left, top, right, bottom = font.getbbox(text)
    margin = max(1, round(font.size / 6))
    size = (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin)
    label_box = _free_label_box(frame, size, canvas, occupied)
    colour, ink = colours
    pen.rectangle(label_box, fill=colour)
    pen.text((label_box[0] + margin - left, label_box[1] + margin - top), text, fill=ink, font=font)
    return label_box


def _clip(box: Box, size: tuple[int, int]) -> Corners:
    xs = sorted(round(min(max(x, 0), size[0] - 1)) for x in (box.left, box.right))
    ys = sorted(round(min(max(y, 0), size[1] - 1)) for y in (box.top, box.bottom))
    return xs[0], ys[0], xs[1], ys[1]


def _fit_label(label: str, size: tuple[int, int]) -> tuple[str, PIL.ImageFont.FreeTypeFont]:
    """Return the label and font that fit the image, smaller or shortened if it is narrow."""
    import PIL.ImageFont

    height = max(9, min(12, min(size) // 8), min(size) // 28)
    while True:
        # With a size, Pillow's default font is a TrueType font.
        font = cast("PIL.ImageFont.FreeTypeFont", PIL.ImageFont.load_default(height))
        if font.getlength(label) <= size[0] * 0.9:
            return label, font
        if height == 9:
            break
        height = max(9, height - 2)
    while len(label) > 1 and font.getlength(label + "…") > size[0] * 0.9:
        label = label[:-1]
    return label + "…", font


def _free_label_box(
    frame: Corners, size: tuple[int, int], canvas: tuple[int, int], occupied: Iterable[Corners]
) -> Corners:
    """Return a rectangle for a label that overlaps no other label, if possible.

    Candidates are above the frame, inside it, below it and at its right end, in that order.
    """
    left, top, right, bottom = frame
    width, height = size
    preferred = ((left, top - height), (left, top), (left, bottom - height), (left, bottom))
    alternatives = ((right - width, top - height), (right - width, bottom))
    candidates: list[Corners] = []
    for x, y in (*preferred, *alternatives):
        x = min(max(x, 0), max(canvas[0] - width, 0))
        y = min(max(y, 0), max(canvas[1] - height, 0))
        candidates.append((x, y, x + width - 1, y + height - 1))
    return next(
        (candidate for candidate in candidates if not _overlaps(candidate, occupied)), candidates[0]
    )


def _overlaps(corners: Corners, others: Iterable[Corners]) -> bool:
    return any(
        corners[0] <= other[2]
        and other[0] <= corners[2]
        and corners[1] <= other[3]
        and other[1] <= corners[3]
        for other in others
    )
