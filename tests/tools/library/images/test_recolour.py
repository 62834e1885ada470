import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import BadArgument, Box, Image
from tools.library.images.recolour import recolour


def plain(colour: str | tuple[int, ...], size: tuple[int, int] = (20, 20)) -> Image:
    return Image(PIL.Image.new("RGB", size, colour))


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("red", (255, 0, 0)),
        ("Dark Blue", (0, 0, 139)),
        ("dark-green", (0, 100, 0)),
        ("#ff8800", (255, 136, 0)),
        ("white", (255, 255, 255)),
        ("black", (0, 0, 0)),
    ],
)
def test_a_plain_surface_takes_the_colour_itself(colour, expected):
    painted = recolour(plain((180, 150, 120)), colour)

    assert painted.array()[10, 10] == pytest.approx(expected, abs=2)


def test_shadows_stay_darker_and_lights_lighter():
    stripes = PIL.Image.new("RGB", (30, 30), (128, 128, 128))
    stripes.paste((60, 60, 60), (0, 0, 30, 8))
    stripes.paste((230, 230, 230), (0, 22, 30, 30))

    painted = recolour(Image(stripes), "blue").array().astype(int)

    shadow, usual, shine = (painted[row, 15] for row in (3, 15, 26))
    assert shadow[2] < usual[2] and shadow[0] < 10
    assert shine.sum() > usual.sum()


def test_only_the_region_changes_but_for_a_soft_edge():
    painted = recolour(plain("grey", (60, 40)), "red", Box(20, 10, 40, 30)).array()

    assert painted[20, 30] == pytest.approx((255, 0, 0), abs=3)
    assert painted[20, 5].tolist() == [128, 128, 128]
    assert painted[20, 55].tolist() == [128, 128, 128]


def test_transparent_parts_stay_transparent():
    pixels = PIL.Image.new("RGBA", (10, 10), (200, 200, 200, 255))
    pixels.paste((0, 0, 0, 0), (0, 0, 5, 10))

    painted = recolour(Image(pixels), "red").pixels

    assert painted.getpixel((2, 5))[3] == 0
    assert painted.getpixel((8, 5))[3] == 255


def test_an_unknown_colour_is_answered_with_near_ones():
    with pytest.raises(BadArgument) as caught:
        recolour(plain("grey"), "turquois")

    assert str(caught.value) == (
        "the colour 'turquois' is not known; allowed are the names of CSS, such as \"red\" or "
        '"dark blue", and codes such as "#ff8800"\n'
        "hint: use 'turquoise' or 'paleturquoise' or 'darkturquoise'"
    )


def test_a_region_outside_the_picture_is_refused():
    with pytest.raises(BadArgument, match="is empty or outside the picture of 20×20"):
        recolour(plain("grey"), "red", Box(50, 50, 60, 60))


@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from(["red", "black", "white"]))
def test_any_two_shades_keep_their_order(dark, light, colour):
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2], pixels[2:] = min(dark, light), max(dark, light)

    painted = recolour(Image(PIL.Image.fromarray(pixels)), colour).array().astype(int)

    assert painted[0, 0].sum() <= painted[3, 3].sum() + 2
