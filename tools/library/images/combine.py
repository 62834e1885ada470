"""Combine several images into one."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import median_low
from typing import TYPE_CHECKING, Literal

from tools import BadArgument, Image, check_stop, tool
from tools.media.media_limits import LIMITS

if TYPE_CHECKING:
    import PIL.Image

MAX_IMAGES = 100

LONGEST_SIDE = 1_200
"""In pixels, of an image within a row, column or grid: larger images are scaled down."""

GAP = 0.02
"""White space between images, as a fraction of their common height or width."""


@tool(words="Put {images} together as a {how}")
def combine(images: list[Image], how: Literal["row", "column", "grid", "blend"] = "row") -> Image:
    """Make one picture of several: side by side in a row, a column, a grid, or blended together.

    >>> both = combine([photo, sign])
    """
    if not 1 <= len(images) <= MAX_IMAGES:
        raise BadArgument(
            f"{len(images)} pictures cannot be combined; allowed are 1 to {MAX_IMAGES}",
            hint="give a list of pictures, such as [image1, image2]",
        )
    pictures = [image.opaque() for image in images]
    if how == "blend":
        return Image(_blend(pictures))
    if how == "row":
        return Image(_row(pictures))
    if how == "column":
        return Image(_column(pictures))
    return Image(_grid(pictures))


def _row(pictures: list[PIL.Image.Image]) -> PIL.Image.Image:
    height = min(LONGEST_SIDE, *(picture.height for picture in pictures))
    sizes = [(max(1, round(p.width * height / p.height)), height) for p in pictures]
    gap = max(1, round(GAP * height))
    corners = [(sum(x + gap for x, _ in sizes[:index]), 0) for index in range(len(sizes))]
    return _page(pictures, sizes, corners)


def _column(pictures: list[PIL.Image.Image]) -> PIL.Image.Image:
    width = min(LONGEST_SIDE, *(picture.width for picture in pictures))
    sizes = [(width, max(1, round(p.height * width / p.width))) for p in pictures]
    gap = max(1, round(GAP * width))
    corners = [(0, sum(y + gap for _, y in sizes[:index])) for index in range(len(sizes))]
    return _page(pictures, sizes, corners)


def _grid(pictures: list[PIL.Image.Image]) -> PIL.Image.Image:
    """Arrange images in a grid of about as many columns as rows, with cells of median size."""
    columns = ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    limit = min(LONGEST_SIDE, int(sqrt(LIMITS.pixels / (columns * rows))) - 1)
    width = min(limit, median_low(picture.width for picture in pictures))
    height = min(limit, median_low(picture.height for picture in pictures))
    gap = max(1, round(GAP * min(width, height)))
    sizes: list[tuple[int, int]] = []
    corners: list[tuple[int, int]] = []
    for index, picture in enumerate(pictures):
        scale = min(width / picture.width, height / picture.height)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        row, column = divmod(index, columns)
        corners.append(
            (
                column * (width + gap) + (width - size[0]) // 2,
                row * (height + gap) + (height - size[1]) // 2,
            )
        )
        sizes.append(size)
    return _page(pictures, sizes, corners)


def _page(
    pictures: list[PIL.Image.Image],
    sizes: list[tuple[int, int]],
    corners: list[tuple[int, int]],
) -> PIL.Image.Image:
    import PIL.Image

    width = max(x + w for (x, _), (w, _) in zip(corners, sizes, strict=True))
    height = max(y + h for (_, y), (_, h) in zip(corners, sizes, strict=True))
    if width * height > LIMITS.pixels:
        raise BadArgument(
            f"the pictures would make one of {width}×{height} pixels; "
            f"{LIMITS.pixels:,} pixels are allowed",
            hint='use fewer pictures, or how="grid"',
        )
    page = PIL.Image.new("RGB", (width, height), "white")
    for picture, size, corner in zip(pictures, sizes, corners, strict=True):
        check_stop()
        page.paste(picture if picture.size == size else picture.resize(size), corner)
    return page


def _blend(pictures: list[PIL.Image.Image]) -> PIL.Image.Image:
    """Average the images with equal weights, in the size of the first."""
    import PIL.Image

    mixed = pictures[0]
    for count, picture in enumerate(pictures[1:], start=2):
        check_stop()
        mixed = PIL.Image.blend(mixed, picture.resize(mixed.size), 1 / count)
    return mixed
