"""Upscale an image (super-resolution)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Model, tool

MAX_PIXELS = 1_000_000
"""A million pixels become four million, which takes minutes on a CPU."""


class Enlarger(Model, ABC):
    """A super-resolution model."""

    @abstractmethod
    def enlarge(self, image: Image) -> Image:
        """Return the opaque image at twice the width and height."""


@tool
def enlarge(model: Enlarger, image: Image) -> Image:
    """Make a picture twice as wide and high, with sharp detail; twice applied, four times.

    >>> larger = enlarge(crop(photo, box(250, 100, 350, 180)))
    """
    if image.width * image.height > MAX_PIXELS:
        raise BadArgument(
            f"a picture of {image.width}×{image.height} pixels is large enough; up to "
            f"{MAX_PIXELS:,} pixels can be enlarged",
            hint="crop the part that matters and enlarge that",
        )
    return model.enlarge(image).transparent_as(image)
