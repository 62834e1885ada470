from typing import Any

import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.resize import resize

WIDE = Image(PIL.Image.new("RGB", (600, 400), (10, 20, 30)))


def visible_colours(pixels: PIL.Image.Image) -> set[tuple[int, ...]]:
    """The colours of what is not nearly transparent."""
    levels = np.asarray(pixels)
    return {tuple(colour) for colour in levels[levels[..., 3] > 40][:, :3].tolist()}


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({"width": 300}, (300, 200)),
        ({"height": 100}, (150, 100)),
        ({"factor": 0.5}, (300, 200)),
        ({"factor": 2}, (1200, 800)),
        ({"width": 300, "height": 300}, (300, 200)),
        ({"width": 300, "height": 300, "how": "fill"}, (300, 300)),
        ({"width": 300, "height": 300, "how": "stretch"}, (300, 300)),
        ({"width": 300, "how": "fill"}, (300, 200)),
        ({"width": 1}, (1, 1)),
        ({"factor": 0.0001}, (1, 1)),
    ],
)
def test_one_side_or_a_factor_keeps_the_proportions(
    arguments: dict[str, Any], size: tuple[int, int]
) -> None:
    resized = resize(WIDE, **arguments)

    assert resized.size == size
    assert resized.pixels.getpixel((0, 0)) == (10, 20, 30)


def test_fill_crops_what_is_too_much_on_both_sides() -> None:
    flag = PIL.Image.new("RGB", (300, 100), "white")
    flag.paste("red", (0, 0, 100, 100))
    flag.paste("blue", (200, 0, 300, 100))

    filled = resize(Image(flag), 100, 100, how="fill").pixels

    assert {filled.getpixel((x, 50)) for x in (5, 50, 95)} == {(255, 255, 255)}


def test_transparent_parts_lend_no_colour_to_their_neighbours() -> None:
    pixels = PIL.Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    pixels.paste("white", (20, 0, 40, 40))

    small = resize(Image(pixels), width=13).pixels

    assert visible_colours(small) == {(255, 255, 255)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width is 0; 1 to 30000 are allowed"),
        ({"height": -5}, "height is -5; 1 to 30000 are allowed"),
        ({"width": 10**9}, r"width is 1000000000; 1 to 30000 are allowed"),
        ({"factor": 0}, "factor is 0; 0.0001 to 100 are allowed"),
        ({"factor": float("nan")}, "factor is nan"),
        ({"factor": 50}, "of 30000×20000 pixels; 50,000,000 pixels are allowed"),
        ({}, "the width is None, the height None, the factor None"),
        ({"width": 10, "factor": 2}, "the width is 10, the height None, the factor 2"),
    ],
)
def test_an_impossible_size_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        resize(WIDE, **arguments)
