"""Change the size of a picture."""

from __future__ import annotations

from typing import Literal

from tools import BadArgument, Image, tool
from tools.sdk.argument_checks import require_between, require_pixels

LONGEST_SIDE = 30_000
SMALLEST_FACTOR, LARGEST_FACTOR = 0.0001, 100


@tool(words="Resize {image}[ to a width of {width}][, height {height}][ by a factor of {factor}]")
def resize(
    image: Image,
    width: int | None = None,
    height: int | None = None,
    factor: float | None = None,
    how: Literal["fit", "fill", "stretch"] = "fit",
) -> Image:
    """Change a picture's size in pixels or by a factor;
    with both sides it fits, fills (and crops) or stretches.

    >>> small = resize(photo, width=300)

    One side alone keeps the proportions.
    """
    import PIL.ImageOps
    from PIL.Image import Resampling

    size = _target_size(image, width, height, factor, how)
    require_pixels(*size)
    if how == "fill" and width and height:
        return image.map(lambda pixels: PIL.ImageOps.fit(pixels, size, Resampling.LANCZOS))
    return image.map(lambda pixels: pixels.resize(size, Resampling.LANCZOS))


def _target_size(
    image: Image, width: int | None, height: int | None, factor: float | None, how: str
) -> tuple[int, int]:
    sides = {"width": width, "height": height}
    requested = {name: side for name, side in sides.items() if side is not None}
    if bool(requested) == (factor is not None):
        raise BadArgument(
            f"a size needs a width, a height, both, or a factor instead; the width is {width!r}, "
            f"the height {height!r}, the factor {factor!r}",
            hint="use resize(image1, width=800) or resize(image1, factor=0.5)",
        )
    if factor is not None:
        require_between("factor", factor, SMALLEST_FACTOR, LARGEST_FACTOR)
        return _scaled(image, factor)
    for name, side in requested.items():
        require_between(name, side, 1, LONGEST_SIDE)
    if width and height:
        if how != "fit":
            return width, height
        return _scaled(image, min(width / image.width, height / image.height))
    return _scaled(image, width / image.width if width else (height or 1) / image.height)


def _scaled(image: Image, factor: float) -> tuple[int, int]:
    return max(1, round(image.width * factor)), max(1, round(image.height * factor))
