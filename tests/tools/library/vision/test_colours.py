import PIL.Image
import pytest

from tools import BadArgument, Box, Image, Mask
from tools.library.vision.colours import colours


def plain(colour: str, size: tuple[int, int] = (40, 30)) -> Image:
    return Image(PIL.Image.new("RGB", size, colour))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("red", "red"), ("navy", "blue"), ("#228b22", "green"), ("gold", "yellow"),
        ("black", "black"), ("white", "white"), ("#777777", "grey"), ("hotpink", "pink"),
        ("indigo", "purple"), ("saddlebrown", "brown"), ("darkorange", "orange"),
        ("turquoise", "turquoise"), ("wheat", "beige"), ("skyblue", "blue"),
    ],
)  # fmt: skip
def test_a_plain_surface_has_one_colour_by_its_usual_name(code: str, name: str) -> None:
    assert colours(plain(code)) == [name]


def test_the_colour_that_covers_most_comes_first_and_details_are_left_out() -> None:
    pixels = PIL.Image.new("RGB", (100, 100), "blue")
    pixels.paste("red", (0, 0, 100, 30))
    pixels.paste("yellow", (0, 0, 10, 10))

    assert colours(Image(pixels)) == ["blue", "red"]


def test_a_region_counts_alone() -> None:
    pixels = PIL.Image.new("RGB", (100, 100), "blue")
    pixels.paste("red", (0, 0, 50, 50))

    assert colours(Image(pixels), Box(5, 5, 40, 40)) == ["red"]


def test_what_is_transparent_has_no_colour() -> None:
    pixels = PIL.Image.new("RGBA", (40, 40), (0, 0, 255, 0))
    pixels.paste((255, 0, 0, 255), (10, 10, 20, 20))

    assert colours(Image(pixels)) == ["red"]


def test_a_picture_of_one_pixel_has_a_colour() -> None:
    assert colours(plain("green", (1, 1))) == ["green"]


def test_a_part_in_which_nothing_is_seen_is_refused() -> None:
    pixels = PIL.Image.new("RGBA", (40, 40), (0, 0, 255, 0))

    with pytest.raises(BadArgument, match="there is nothing to see in that part"):
        colours(Image(pixels), Box(5, 5, 20, 20))


def test_a_mask_of_a_few_pixels_in_a_large_picture_is_still_seen() -> None:
    mask = PIL.Image.new("L", (2000, 2000))
    mask.paste(255, (0, 0, 3, 3))

    assert colours(plain("red", (2000, 2000)), Mask(mask)) == ["red"]
