"""Extend an image beyond its edges (outpainting)."""

from __future__ import annotations

from typing import Literal

from tools import BadArgument, Image, Mask, check_stop, progress, tool
from tools.library.images.remove import Inpainter
from tools.media.media_limits import LIMITS
from tools.sdk.argument_checks import require_sides

Side = Literal["left", "right", "top", "bottom"]
SIDES: tuple[Side, ...] = ("left", "right", "top", "bottom")

LARGEST_SHARE = 0.5
SMALLEST_SIDE = 16
OVERLAP = 0.01
"""The repainted strip of the original at each seam, as a fraction of its shorter side."""


@tool(words="Paint more space around {image}[, side: {side}]")
def extend(
    model: Inpainter,
    image: Image,
    side: Literal["all", "left", "right", "top", "bottom"] = "all",
    by: float = 0.2,
) -> Image:
    """Paint more space around a picture, on one side or all; by=0.2 adds a fifth of its size.

    >>> wider = extend(photo, side="right", by=0.25)
    """
    require_sides(image, SMALLEST_SIDE, "shows no scene to continue")
    if not 0 < by <= LARGEST_SHARE:
        raise BadArgument(
            f"a picture cannot be extended by {by!r}; allowed is more than 0, up to "
            f"{LARGEST_SHARE:g} of its width or height",
            hint="extend the result again if it must be larger still",
        )
    margins: dict[Side, int] = {
        edge: max(1, round(by * (image.width if edge in ("left", "right") else image.height)))
        for edge in SIDES
        if side in (edge, "all")
    }
    width = image.width + margins.get("left", 0) + margins.get("right", 0)
    height = image.height + margins.get("top", 0) + margins.get("bottom", 0)
    if width * height > LIMITS.pixels:
        raise BadArgument(
            f"the picture would become one of {width}×{height} pixels; {LIMITS.pixels:,} pixels "
            "are allowed",
            hint="crop it first, or extend it by less",
        )
    # One side at a time, so that the model sees more of the image than it has to paint.
    for index, (each, pixels) in enumerate(margins.items()):
        check_stop()
        progress(index / len(margins), f"painting the {each} side")
        image = _extend_side(model, image, each, pixels)
    return image


def _extend_side(model: Inpainter, image: Image, side: Side, pixels: int) -> Image:
    import numpy as np
    import PIL.Image

    left, right, top, bottom = (pixels if side == edge else 0 for edge in SIDES)
    # Repeat the last row or column, so that no other colour bleeds in at the seam.
    padded = np.pad(image.array(), ((top, bottom), (left, right), (0, 0)), mode="edge")
    overlap = max(1, round(OVERLAP * min(image.width, image.height)))
    hole = PIL.Image.new("L", (padded.shape[1], padded.shape[0]), 255)
    original = (
        left + overlap * bool(left),
        top + overlap * bool(top),
        left + image.width - overlap * bool(right),
        top + image.height - overlap * bool(bottom),
    )
    hole.paste(0, original)
    return model.fill(Image(PIL.Image.fromarray(padded)), Mask(hole))
