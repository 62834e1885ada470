import PIL.Image
import pytest

from tools import BadArgument, Box, Image, Mask, Points
from tools.library.images.replace import Replacer, replace


class PaintsRed(Replacer):
    def paint_into(self, image: Image, hole: Mask, prompt: str, seed: int) -> Image:
        red = PIL.Image.new("RGB", image.pixels.size, "red")
        return Image(PIL.Image.composite(red, image.opaque(), hole.pixels))


PAGE = Image(PIL.Image.new("RGB", (100, 100), "white"))


def test_the_region_and_a_rim_around_it_are_painted():
    painted = replace(PaintsRed(), PAGE, Box(40, 40, 60, 60), "an apple").pixels

    assert [painted.getpixel((x, 50)) for x in (37, 38, 61, 62)] == [
        (255, 255, 255),
        (255, 0, 0),
        (255, 0, 0),
        (255, 255, 255),
    ]


def test_everything_may_be_replaced():
    painted = replace(PaintsRed(), PAGE, Box(0, 0, 100, 100), "an apple")

    assert painted.pixels.getcolors() == [(100 * 100, (255, 0, 0))]


@pytest.mark.parametrize(
    ("region", "prompt", "message"),
    [
        (Box(1, 1, 9, 9), "", "there is nothing to put there in ''"),
        (Points(((1, 1),)), "an apple", "a region to replace needs an area"),
        (Box(100, 0, 120, 9), "an apple", "is empty or outside the picture of 100×100"),
    ],
)
def test_what_cannot_be_replaced_is_refused(region, prompt, message):
    with pytest.raises(BadArgument) as caught:
        replace(PaintsRed(), PAGE, region, prompt)

    assert message in caught.value.message
