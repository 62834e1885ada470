import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.images.draw_from import GuidedPainter, GuideKind, draw_from


class ShowsItsGuide(GuidedPainter):
    kinds = ("edges", "depth")

    def paint_along(self, guide: Image, kind: GuideKind, prompt: str, seed: int) -> Image:
        return guide


PAPER = Image(PIL.Image.new("RGB", (32, 32), (250, 250, 250)))
BLACK = Image(PIL.Image.new("RGB", (32, 32), (5, 5, 5)))


@pytest.mark.parametrize(
    ("guide", "kind", "shade"),
    [(PAPER, "edges", 5), (BLACK, "edges", 5), (PAPER, "depth", 250)],
)
def test_a_sketch_on_white_is_turned_into_the_lines_on_black_that_models_know(guide, kind, shade):
    shown = draw_from(ShowsItsGuide(), guide, "a house", kind)

    assert shown.pixels.getpixel((16, 16)) == (shade, shade, shade)


def test_a_guide_that_the_model_cannot_follow_is_refused_with_those_it_can():
    with pytest.raises(BadArgument) as caught:
        draw_from(ShowsItsGuide(), BLACK, "a dancer", "pose")

    assert str(caught.value) == (
        "the model cannot follow a guide of the kind 'pose'; it follows edges, depth\n"
        "hint: make one of these from the picture, such as edges(image)"
    )


def test_a_guide_without_words_or_pixels_is_refused():
    with pytest.raises(BadArgument, match="there is nothing to draw in ' '"):
        draw_from(ShowsItsGuide(), BLACK, " ", "edges")
    with pytest.raises(BadArgument, match="a picture of 1×1 pixels guides nothing"):
        draw_from(ShowsItsGuide(), Image(PIL.Image.new("RGB", (1, 1))), "a house", "edges")
