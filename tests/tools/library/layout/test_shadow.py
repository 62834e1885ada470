import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.shadow import shadow

RED = Image(PIL.Image.new("RGB", (200, 200), "red"))


def test_the_picture_stands_whole_before_a_shadow_to_the_lower_right() -> None:
    pixels = shadow(RED).pixels

    assert pixels.size == (234, 234)
    assert pixels.getpixel((17, 17)) == pixels.getpixel((216, 216)) == (255, 0, 0, 255)
    assert pixels.getpixel((219, 117))[:3] == (0, 0, 0)
    assert pixels.getpixel((219, 117))[3] > 60
    assert pixels.getpixel((14, 117))[3] < pixels.getpixel((219, 117))[3]
    assert pixels.getpixel((233, 233))[3] <= 3


def test_a_cut_out_throws_the_shadow_of_its_shape() -> None:
    cut_out = PIL.Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    cut_out.paste("red", (0, 0, 100, 100))

    pixels = shadow(Image(cut_out)).pixels

    assert pixels.getpixel((119, 67))[3] > 60
    assert pixels.getpixel((216, 216))[3] == 0


def test_a_larger_amount_is_darker_and_0_none() -> None:
    levels = [shadow(RED, amount).pixels.getpixel((219, 117))[3] for amount in (0, 0.2, 1)]

    assert levels[0] == 0
    assert levels[0] < levels[1] < levels[2]


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(BadArgument, match="amount is 2; 0 to 1 are allowed"):
        shadow(RED, 2)
