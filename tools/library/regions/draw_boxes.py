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
    return image.map(lambda pixels: _drawn(pixels.copy(), boxes))


def _drawn(canvas: PIL.Image.Image, boxes: Boxes) -> PIL.Image.Image:
    import PIL.ImageDraw

    pen = PIL.ImageDraw.Draw(canvas)
    width = max(1, round(min(canvas.size) / 200))
    names = list(dict.fromkeys(box.label for box in boxes))
    colours = {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(names)}
    # The best box is first in the list and drawn last, so that it is on top.
    for box in reversed(boxes.items):
        frame = _on_canvas(box, canvas.size)
        pen.rectangle(frame, outline=colours[box.label][0], width=width)
    taken: list[Corners] = []
    for box in boxes:
        if box.label:
            frame = _on_canvas(box, canvas.size)
            taken.append(_write(pen, box.label, frame, colours[box.label], taken))
    return canvas


def _write(
    pen: PIL.ImageDraw.ImageDraw,
    label: str,
    frame: Corners,
    colours: tuple[str, str],
    taken: Iterable[Corners],
) -> Corners:
    """Draw a label for a frame, clear of earlier labels; return its rectangle."""
    canvas = pen.im.size
    text, font = _fitting(label, canvas)
    left, top, right, bottom = font.getbbox(text)
    margin = max(1, round(font.size / 6))
    size = (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin)
    place = _free_place(frame, size, canvas, taken)
    colour, ink = colours
    pen.rectangle(place, fill=colour)
    pen.text((place[0] + margin - left, place[1] + margin - top), text, fill=ink, font=font)
    return place


def _on_canvas(box: Box, size: tuple[int, int]) -> Corners:
    xs = sorted(round(min(max(x, 0), size[0] - 1)) for x in (box.left, box.right))
    ys = sorted(round(min(max(y, 0), size[1] - 1)) for y in (box.top, box.bottom))
    return xs[0], ys[0], xs[1], ys[1]


def _fitting(label: str, size: tuple[int, int]) -> tuple[str, PIL.ImageFont.FreeTypeFont]:
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


def _free_place(
    frame: Corners, size: tuple[int, int], canvas: tuple[int, int], taken: Iterable[Corners]
) -> Corners:
    """Return a rectangle for a label that overlaps no other label, if possible.

    Candidates are above the frame, inside it, below it and at its right end, in that order.
    """
    left, top, right, bottom = frame
    width, height = size
    wanted = ((left, top - height), (left, top), (left, bottom - height), (left, bottom))
    others = ((right - width, top - height), (right - width, bottom))
    places: list[Corners] = []
    for x, y in (*wanted, *others):
        x = min(max(x, 0), max(canvas[0] - width, 0))
        y = min(max(y, 0), max(canvas[1] - height, 0))
        places.append((x, y, x + width - 1, y + height - 1))
    return next((place for place in places if not _overlaps(place, taken)), places[0])


def _overlaps(place: Corners, others: Iterable[Corners]) -> bool:
    return any(
        place[0] <= other[2]
        and other[0] <= place[2]
        and place[1] <= other[3]
        and other[1] <= place[3]
        for other in others
    )
