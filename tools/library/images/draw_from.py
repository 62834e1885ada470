"""Draw an image from a prompt and a guide: edges, depth, a pose, a scribble or segments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, get_args

from tools import BadArgument, Image, Model, tool
from tools.sdk.argument_checks import require_prompt, require_sides

GuideKind = Literal["edges", "depth", "pose", "scribble", "segments"]
KINDS: tuple[GuideKind, ...] = get_args(GuideKind)

SMALLEST_SIDE = 16
PAPER = 128
"""A guide with a higher mean brightness is drawn dark on light."""


class GuidedPainter(Model, ABC):
    """A text-to-image model that follows a control image."""

    kinds: tuple[GuideKind, ...] = KINDS
    """The kinds of guide it supports."""

    @abstractmethod
    def paint_along(self, guide: Image, kind: GuideKind, prompt: str, seed: int) -> Image:
        """Draw an image in the shape of the guide; the same arguments give the same image.

        Edges and scribbles are white on black, depth is brighter where nearer, poses are as the
        tool `pose` draws them.
        """


@tool(words="Draw “{prompt}” along {guide}")
def draw_from(
    model: GuidedPainter, guide: Image, prompt: str, kind: GuideKind, seed: int = 0
) -> Image:
    """Draw a picture from a description along edges, depth, a pose, a scribble or segments.

    >>> repainted = draw_from(edges(photo), "a cup of green tea on a wooden table", "edges")
    """
    require_sides(guide, SMALLEST_SIDE, "guides nothing")
    require_prompt(prompt, "to draw", '"a house in the snow"')
    if kind not in model.kinds:
        raise BadArgument(
            f"the model cannot follow a guide of the kind {kind!r}; it follows "
            f"{', '.join(model.kinds)}",
            hint="make one of these from the picture, such as edges(image)",
        )
    return model.paint_along(_white_on_black(guide, kind), kind, prompt, seed)


def _white_on_black(guide: Image, kind: GuideKind) -> Image:
    """Invert dark lines on light, since models expect white on black."""
    import PIL.ImageOps

    if kind not in ("edges", "scribble") or guide.array().mean() < PAPER:
        return guide
    return Image(PIL.ImageOps.invert(guide.opaque()))
