"""Parts of a picture that a region names: to look at alone, or to paint anew."""

from __future__ import annotations

from dataclasses import replace

from tools.errors import BadArgument
from tools.media import Box, Boxes, Image, Mask, Region
from tools.sdk.argument_checks import require_extent

SOFT_EDGE = 1.5
"""Pixels over which the new passes into the old, so that the edge of a region does not look cut."""

MOST_BOXES = 50
"""Each is looked at by itself, which takes its time."""

Corners = tuple[int, int, int, int]


def corners_of(image: Image, region: Region) -> Corners:
    """Left, top, right and bottom of the smallest rectangle around the region."""
    part = region.bounds(image.width, image.height)
    return round(part.left), round(part.top), round(part.right), round(part.bottom)


def part_of(image: Image, region: Region | None) -> Image:
    """The rectangle around the region, to be looked at alone; all of the picture without one."""
    if region is None:
        return image
    require_extent(region, "to look at")
    corners = corners_of(image, region)
    return image.map(lambda pixels: pixels.crop(corners))


def boxes_on(image: Image, region: Region) -> tuple[Box, ...]:
    """Each box of the region as far as it lies on the picture; of another region the one around it.

    Boxes outside are left out; BadArgument if all are, or if there are too many.
    """
    bounds = region.bounds(image.width, image.height)
    if not isinstance(region, Boxes):
        return (bounds,)
    if len(region) > MOST_BOXES:
        raise BadArgument(
            f"{len(region)} boxes cannot be looked at in one call; {MOST_BOXES} are allowed",
            hint="use those of one label, or one box of them",
        )
    boxes = [box for box in region if box.mask(image.width, image.height).getbbox()]
    return tuple(box.bounds(image.width, image.height) for box in boxes)


def in_whole(found: Boxes, image: Image, region: Region | None) -> Boxes:
    """Boxes that were found in that part of the picture, by their places in the whole of it."""
    if region is None:
        return found
    left, top, _, _ = corners_of(image, region)
    return Boxes(
        tuple(
            replace(
                box,
                left=box.left + left,
                top=box.top + top,
                right=box.right + left,
                bottom=box.bottom + top,
            )
            for box in found
        )
    )


def hole_around(region: Region, image: Image, rim: float) -> Mask:
    """The region and a rim around it, of that share of the picture's sides together halved."""
    import PIL.ImageFilter

    region.bounds(image.width, image.height)
    width = max(2, round(rim * (image.width + image.height) / 2))
    hole = region.mask(image.width, image.height).point([0] * 128 + [255] * 128)
    return Mask(hole.filter(PIL.ImageFilter.BoxBlur(width)).point([0] + [255] * 255))


def painted_within(image: Image, painted: Image, region: Region | None) -> Image:
    """The opaque picture, with what was painted in the region only; all of it without one."""
    import PIL.Image
    import PIL.ImageFilter

    if region is None:
        return painted
    require_extent(region, "to paint")
    region.bounds(image.width, image.height)
    part = region.mask(image.width, image.height).filter(PIL.ImageFilter.GaussianBlur(SOFT_EDGE))
    return Image(PIL.Image.composite(painted.opaque(), image.opaque(), part))
