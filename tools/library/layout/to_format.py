"""Convert a picture to a file format."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

from tools import BadArgument, Image, tool
from tools.sdk.argument_checks import require_between

if TYPE_CHECKING:
    import PIL.Image

DOTS_PER_INCH = 150
"""On a page: a photo of 12 megapixels is 68 cm wide, a screenshot as wide as a sheet of paper."""

LONGEST_SIDE = {"jpeg": 65_535, "webp": 16_383}
"""Pixels, as the formats allow."""


@tool(words="Convert {image} to {format}")
def to_format(
    image: Image,
    format: Literal["png", "jpeg", "webp", "bmp", "tiff", "pdf"] = "png",
    quality: int = 90,
) -> Image:
    """Convert a picture to a file format; quality from 1 to 100 for jpeg and webp.

    >>> small_file = to_format(photo, "jpeg", 70)

    What is transparent stays so in png, webp and tiff, and becomes white in the others.
    """
    require_between("quality", quality, 1, 100)
    longest = LONGEST_SIDE.get(format)
    if longest and max(image.size) > longest:
        raise BadArgument(
            f"a picture of {image.width}×{image.height} pixels cannot be {format!r}; its sides may "
            f"have {longest:,} pixels",
            hint='use "png", or resize it first',
        )
    if format == "png":
        return Image(image.pixels)
    pixels = image.pixels if format in ("webp", "tiff") else image.opaque()
    return Image.decode(_encoded(pixels, format, quality))


def _encoded(pixels: PIL.Image.Image, format: str, quality: int) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "jpeg": {"quality": quality, "optimize": True},
        "webp": {"quality": quality},
        "tiff": {"compression": "tiff_lzw"},
        # Without dates: the same picture gives the same file.
        "pdf": {
            "quality": quality,
            "resolution": DOTS_PER_INCH,
            "creationDate": None,
            "modDate": None,
        },
    }
    file = io.BytesIO()
    pixels.save(file, format.upper(), **options.get(format, {}))
    return file.getvalue()
