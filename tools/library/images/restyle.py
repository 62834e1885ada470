"""Style transfer: paint an image in another style."""

from __future__ import annotations

from tools import BadArgument, Image, Model, Region, tool
from tools.sdk.argument_checks import require_sides
from tools.signal.image_regions import composite_in_region

SMALLEST_SIDE = 16


class StylePainter(Model):
    """A style transfer model, which takes the style from an image or from a prompt."""

    def paint(self, image: Image, style: Image, strength: float) -> Image:
        """Return an image of the same size in the style of another; strength is from 0 to 1."""
        raise BadArgument(
            "the model takes a style from words, not from another picture",
            hint='say it, as in restyle(image1, prompt="a watercolour")',
        )

    def paint_from_prompt(self, image: Image, prompt: str, strength: float, seed: int) -> Image:
        """Return an image of the same size in the style that the prompt describes."""
        raise BadArgument(
            f"the model takes a style from another picture, not from words such as {prompt[:60]!r}",
            hint="give a picture in that style, as in restyle(image1, style=image2)",
        )


@tool(words="Paint {image} in the style of {style}[, only {region}]")
def restyle(
    model: StylePainter,
    image: Image,
    style: Image | None = None,
    strength: float = 1.0,
    prompt: str = "",
    region: Region | None = None,
    seed: int = 0,
) -> Image:
    """Paint a picture in the style of another one, with its colours and strokes, or as words say.

    >>> painted = restyle(photo, style=sign)
    """
    require_sides(image, SMALLEST_SIDE, "is too small to be restyled")
    if style is not None:
        require_sides(style, SMALLEST_SIDE, "has no style")
    if (style is None) == (not prompt.strip()):
        raise BadArgument(
            "a style comes from a picture or from words; "
            f"{'both were' if style else 'neither was'} given",
            hint='use restyle(image1, style=image2) or restyle(image1, prompt="a watercolour")',
        )
    if not 0 < strength <= 1:
        raise BadArgument(
            f"the strength is {strength!r}; allowed is more than 0, up to 1",
            hint="leave it out for the whole style, or use 0.5 for half of it",
        )
    if style is not None:
        painted = model.paint(image, style, strength)
    else:
        painted = model.paint_from_prompt(image, prompt.strip(), strength, seed)
    return composite_in_region(image, painted, region).transparent_as(image)
