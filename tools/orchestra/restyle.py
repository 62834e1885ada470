"""Paint a picture in the style of another."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Model, tool

SMALLEST_SIDE = 16


class StylePainter(Model, ABC):
    """A model that paints what one picture shows in the manner of another."""

    @abstractmethod
    def paint(self, image: Image, style: Image, strength: float) -> Image:
        """A picture of the same size; a strength of 0 leaves its own style, 1 takes the other's."""


@tool
def restyle(model: StylePainter, image: Image, style: Image, strength: float = 1.0) -> Image:
    """Make a picture look like another one: painted in its style, with its colours and strokes.

    >>> painted = restyle(photo, style=sign)
    """
    for name, picture in (("picture", image), ("style", style)):
        if min(picture.width, picture.height) < SMALLEST_SIDE:
            raise BadArgument(
                f"the {name} of {picture.width}×{picture.height} pixels is too small: each side "
                f"must have {SMALLEST_SIDE} pixels or more",
                hint="use a larger one",
            )
    if not 0 < strength <= 1:
        raise BadArgument(
            f"the strength is {strength!r}; allowed is more than 0, up to 1",
            hint="leave it out for the whole style, or use 0.5 for half of it",
        )
    return model.paint(image, style, strength).transparent_as(image)
