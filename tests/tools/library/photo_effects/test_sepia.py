import PIL.Image
import pytest

from tools import Box, Image
from tools.library.photo_effects.sepia import sepia


@pytest.mark.parametrize(
    ("colour", "brown"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((100, 100, 100), (118, 98, 72)),
        ((255, 255, 255), (255, 250, 184)),
        ((0, 0, 255), (34, 28, 21)),
    ],
)
def test_every_colour_becomes_a_brown_of_its_brightness(
    colour: tuple[int, ...], brown: tuple[int, ...]
) -> None:
    assert sepia(Image(PIL.Image.new("RGB", (1, 1), colour))).pixels.getpixel((0, 0)) == brown


def test_a_region_alone_may_change_and_opacity_stays() -> None:
    pixels = sepia(
        Image(PIL.Image.new("RGBA", (40, 40), (100, 100, 100, 50))), Box(20, 0, 40, 40)
    ).pixels

    assert pixels.getpixel((5, 20)) == (100, 100, 100, 50)
    assert pixels.getpixel((35, 20)) == (118, 98, 72, 50)
