import PIL.Image
import pytest

from tools import BadArgument, Box, Image
from tools.library.photo_effects.contrast import contrast


def levels(*greys: int) -> Image:
    """A picture with a column of each grey."""
    pixels = PIL.Image.new("L", (len(greys), 1))
    pixels.putdata(greys)
    return Image(pixels.resize((len(greys) * 10, 10), PIL.Image.Resampling.NEAREST))


def row(image: Image) -> list[int]:
    return image.array()[0, ::10, 0].tolist()


def test_levels_move_away_from_the_mean_without_clipping() -> None:
    assert row(contrast(levels(0, 80, 160, 240), amount=1)) == [0, 53, 189, 249]


def test_a_negative_amount_moves_them_towards_the_mean() -> None:
    assert row(contrast(levels(0, 80, 160, 240), amount=-0.5)) == [60, 100, 140, 180]
    assert row(contrast(levels(0, 80, 160, 240), amount=-1)) == [120, 120, 120, 120]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_stays_as_it_is(level: int) -> None:
    assert row(contrast(levels(level, level), amount=1)) == [level, level]


def test_the_mean_is_that_of_the_region() -> None:
    pixels = contrast(levels(0, 0, 0, 0, 150, 170, 150, 170), Box(40, 0, 80, 10), amount=-1)

    assert row(pixels)[:4] == [0, 0, 0, 0]
    assert row(pixels)[6] == row(pixels)[7] > 140


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(BadArgument, match="amount is 3; -1 to 1 are allowed"):
        contrast(levels(1), amount=3)
