"""Edit an image by an instruction."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, Region, tool
from tools.sdk.argument_checks import require_extent, require_prompt, require_sides
from tools.signal.image_regions import composite_in_region

SMALLEST_SIDE = 16


class Editor(Model, ABC):
    """A model that edits an image by an instruction."""

    @abstractmethod
    def edit(self, image: Image, instruction: str, seed: int) -> Image:
        """Return the edited opaque image in the same size; the same seed gives the same image."""


@tool(words="Change {image}[, only {region}]: “{instruction}”")
def edit(
    model: Editor, image: Image, instruction: str, region: Region | None = None, seed: int = 0
) -> Image:
    """Change a picture, or a region of it, as told in words, such as "make it winter".

    >>> winter = edit(photo, "put the cup on a table in the snow")
    """
    require_sides(image, SMALLEST_SIDE, "shows nothing to change")
    require_prompt(instruction, "to do", 'edit(image1, "make it winter")')
    if region is not None:
        require_extent(region, "to change")
        region.bounds(image.width, image.height)
    edited = model.edit(image, instruction, seed)
    return composite_in_region(image, edited, region).transparent_as(image)
