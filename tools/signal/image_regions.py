"""Crop, mask and composite regions of an image."""

from __future__ import annotations

from dataclasses import replace

from tools.errors import BadArgument
from tools.media import Box, Boxes, Image, Mask, Region
from tools.sdk.argument_checks import require_extent

SOFT_EDGE = 1.5
"""Blur radius in pixels that hides the edge between new and old pixels."""

MAX_BOXES = 50
"""Limit of boxes in one call: each needs an inference of its own."""

Corners = tuple[int, int, int, int]


def bounding_corners(image: Image, region: Region) -> Corners:
    """Return the region's bounding box in whole pixels."""
    bounds = region.bounds(image.width, image.height)
    return round(bounds.left), round(bounds.top), round(bounds.right), round(bounds.bottom)


def crop_to_region(image: Image, region: Region | None) -> Image:
    """Crop the image to the region's bounding box, if any."""
    if region is None:
        return image
    require_extent(region, "to look at")
    corners = bounding_corners(image, region)
    return image.map(lambda pixels: pixels.crop(corners))


def visible_boxes(image: Image, region: Region) -> tuple[Box, ...]:
    """Return the boxes of the region, clipped to the image.

    A region without boxes gives its bounding box. Boxes outside the image are left out; BadArgument
    if all are, or if there are too many.
    """
    bounds = region.bounds(image.width, image.height)
    if not isinstance(region, Boxes):
        return (bounds,)
    if len(region) > MAX_BOXES:
        raise BadArgument(
            f"{len(region)} boxes are too many for one call; {MAX_BOXES} are allowed",
            hint="use those of one label, or one box of them",
        )
    boxes = [box for box in region if box.mask(image.width, image.height).getbbox()]
    return tuple(box.bounds(image.width, image.height) for box in boxes)


def to_image_coordinates(boxes: Boxes, image: Image, region: Region | None) -> Boxes:
    """Shift boxes from the region's crop to image coordinates."""
    if region is None:
        return boxes
    left, top, _, _ = bounding_corners(image, region)
    return Boxes(
        tuple(
            replace(
                box,
                left=box.left + left,
                top=box.top + top,
                right=box.right + left,
                bottom=box.bottom + top,
            )
            for box in boxes
        )
    )


def dilated_mask(region: Region, image: Image, rim: float) -> Mask:
    """Return the region's mask, dilated by a share of the image side."""
    import PIL.ImageFilter

    region.bounds(image.width, image.height)
    width = max(2, round(rim * (image.width + image.height) / 2))
    mask = region.mask(image.width, image.height).point([0] * 128 + [255] * 128)
    return Mask(mask.filter(PIL.ImageFilter.BoxBlur(width)).point([0] + [255] * 255))


def composite_in_region(image: Image, painted: Image, region: Region | None) -> Image:
    """Composite the painted image into the image within the region."""
    import PIL.Image
    import PIL.ImageFilter

    if region is None:
        return painted
    require_extent(region, "to paint")
    region.bounds(image.width, image.height)
    mask = region.mask(image.width, image.height).filter(PIL.ImageFilter.GaussianBlur(SOFT_EDGE))
    return Image(PIL.Image.composite(painted.opaque(), image.opaque(), mask))
