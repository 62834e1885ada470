"""Replace an object in an image (prompted inpainting)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Mask, Model, Region, tool
from tools.sdk.argument_checks import require_extent, require_prompt, require_sides
from tools.signal.image_regions import dilated_mask

SMALLEST_SIDE = 16

RIM = 0.015
"""How far beyond the region to repaint, as a fraction of the mean image side: the new object
seldom has the shape of the old one."""


class Replacer(Model, ABC):
    """An inpainting model that follows a prompt."""

    @abstractmethod
    def paint_into(self, image: Image, hole: Mask, prompt: str, seed: int) -> Image:
        """Return the opaque image with the prompt painted in the hole, unchanged outside it."""


@tool(words="Replace {region} in {image} by “{prompt}”")
def replace(model: Replacer, image: Image, region: Region, prompt: str, seed: int = 0) -> Image:
    """Replace what is in a region of a picture by something else, described in words.

    >>> tea = replace(photo, detect(photo, label="cup"), "a teapot")
    """
    require_sides(image, SMALLEST_SIDE, "shows nothing to replace")
    require_prompt(prompt, "to put there", 'replace(image1, region, "a teapot")')
    require_extent(region, "to replace")
    hole = dilated_mask(region, image, RIM)
    return model.paint_into(image, hole, prompt, seed).transparent_as(image)
