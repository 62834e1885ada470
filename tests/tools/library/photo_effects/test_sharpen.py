import PIL.Image
import pytest

from tools import BadArgument, Box, Image
from tools.library.photo_effects.sharpen import sharpen


def step() -> Image:
    pixels = PIL.Image.new("RGB", (40, 40), (100, 100, 100))
    pixels.paste((150, 150, 150), (20, 0, 40, 40))
    return Image(pixels)


def test_edges_become_steeper_and_plain_parts_stay() -> None:
    row = sharpen(step(), amount=1).array()[20, :, 0]

    assert row[5] == 100 and row[35] == 150
    assert row[19] < 70 and row[20] > 180


def test_a_larger_amount_sharpens_more_and_0_not_at_all() -> None:
    low, high = (sharpen(step(), amount=amount).array()[20, 20, 0] for amount in (0.2, 0.8))

    assert 150 < low < high
    assert sharpen(step(), amount=0).array().tolist() == step().array().tolist()


def test_only_the_region_is_sharpened() -> None:
    pixels = sharpen(step(), Box(0, 20, 40, 40), amount=1).array()[..., 0]

    assert pixels[5, 20] == 150
    assert pixels[35, 20] > 180


def test_a_cut_out_gets_no_rim() -> None:
    pixels = PIL.Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    pixels.paste((100, 100, 100, 255), (20, 0, 40, 40))

    assert sharpen(Image(pixels), amount=1).pixels.getpixel((20, 20)) == (100, 100, 100, 255)


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(BadArgument, match="amount is -1; 0 to 1 are allowed"):
        sharpen(step(), amount=-1)
