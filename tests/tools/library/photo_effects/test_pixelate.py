import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Box, Image
from tools.library.photo_effects.pixelate import pixelate

# Each pixel brighter than the one to its left.
RAMP = Image(PIL.Image.fromarray(np.tile(np.arange(0, 128, 2, dtype=np.uint8), (64, 1))))


def test_each_block_has_its_mean_colour() -> None:
    row = pixelate(RAMP, amount=0.5).array()[5, :, 0].tolist()

    assert row == [level for level in (1, 5, 9, 13, 17, 21, 25, 29) for _ in range(2)] + row[16:]
    assert row[62:] == [125, 125]


def test_a_larger_amount_makes_larger_blocks() -> None:
    assert pixelate(RAMP, amount=1).array()[0, :8, 0].tolist() == [3, 3, 3, 3, 11, 11, 11, 11]


def test_only_the_region_is_turned_into_blocks() -> None:
    pixels = pixelate(RAMP, Box(32, 0, 64, 64), amount=1).array()[..., 0]

    assert pixels[0, :20].tolist() == list(range(0, 40, 2))
    assert len(set(pixels[0, 40:].tolist())) <= 4


def test_blocks_cut_by_the_edge_are_whole_colours_too() -> None:
    odd = Image(PIL.Image.new("RGB", (13, 7), (10, 20, 30)))

    assert pixelate(odd, amount=1).array().tolist() == odd.array().tolist()


def test_what_is_transparent_stays_so() -> None:
    pixels = PIL.Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    pixels.paste("white", (20, 0, 40, 40))

    blocks = pixelate(Image(pixels), amount=1).pixels

    assert blocks.getpixel((5, 20))[3] == 0
    assert blocks.getpixel((20, 20)) == (255, 255, 255, 255)


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(BadArgument, match="amount is 2; 0 to 1 are allowed"):
        pixelate(RAMP, amount=2)
