import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import BadArgument, Box, Image
from tools.library.images.overlay import overlay
from tools.library.regions.area import Where

PAGE = Image(PIL.Image.new("RGB", (100, 100), "white"))
RED = Image(PIL.Image.new("RGB", (20, 10), "red"))


def red_box(image: Image) -> tuple[int, int, int, int] | None:
    green = image.pixels.convert("RGB").getchannel("G")
    return green.point([255] * 128 + [0] * 128).getbbox()


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("middle", (25, 38, 75, 62)),
        ("top left", (3, 3, 53, 28)),
        ("bottom right", (47, 72, 97, 97)),
        ("top", (25, 3, 75, 28)),
        ("left", (3, 38, 53, 62)),
    ],
)
def test_the_upper_picture_stands_at_its_place(place, box):
    assert red_box(overlay(PAGE, RED, place)) == pytest.approx(box, abs=1)


def test_the_upper_picture_fits_into_a_region_whatever_its_size():
    laid = overlay(PAGE, RED, region=Box(10, 20, 50, 90))

    assert red_box(laid) == (10, 45, 50, 65)


def test_the_size_is_that_of_the_visible_part():
    cut = PIL.Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    cut.paste("red", (40, 40, 60, 60))

    assert red_box(overlay(PAGE, Image(cut), size=1.0)) == (0, 0, 100, 100)


def test_what_is_transparent_lets_the_lower_picture_through():
    ring = PIL.Image.new("RGBA", (50, 50), "red")
    ring.paste((0, 0, 0, 0), (10, 10, 40, 40))

    laid = overlay(PAGE, Image(ring), size=1.0).pixels

    assert laid.mode == "RGB"
    assert laid.getpixel((50, 50)) == (255, 255, 255)
    assert laid.getpixel((2, 50)) == (255, 0, 0)


@pytest.mark.parametrize("size", [0, -1, 1.5])
def test_an_impossible_size_is_refused(size):
    with pytest.raises(BadArgument, match=r"allowed is more than 0, up to 1"):
        overlay(PAGE, RED, size=size)


def test_a_wholly_transparent_picture_is_refused():
    with pytest.raises(BadArgument, match="fully transparent"):
        overlay(PAGE, Image(PIL.Image.new("RGBA", (5, 5), (0, 0, 0, 0))))


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40),
    st.sampled_from(Where.__args__), st.floats(0.01, 1),
)  # fmt: skip
def test_any_picture_can_be_laid_on_any_other(width, height, wide, high, place, size):
    lower = Image(PIL.Image.new("RGB", (width, height), "white"))
    upper = Image(PIL.Image.new("RGB", (wide, high), "red"))

    laid = overlay(lower, upper, place, size)

    assert laid.pixels.size == (width, height)
    assert red_box(laid) is not None
