import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import BadArgument, Image
from tools.library.images.combine import combine
from tools.media.media_limits import LIMITS


def plain(colour: str, width: int, height: int) -> Image:
    return Image(PIL.Image.new("RGB", (width, height), colour))


RED, BLUE, LIME = plain("red", 100, 50), plain("blue", 100, 100), plain("lime", 50, 50)


def test_a_row_has_one_height_and_white_between_the_pictures():
    row = combine([RED, BLUE]).pixels

    assert row.size == (151, 50)
    assert [row.getpixel((x, 25)) for x in (50, 100, 120)] == [
        (255, 0, 0),
        (255, 255, 255),
        (0, 0, 255),
    ]


def test_a_column_has_one_width():
    column = combine([RED, LIME], "column").pixels

    assert column.size == (50, 76)
    assert column.getpixel((25, 10)) == (255, 0, 0)
    assert column.getpixel((25, 60)) == (0, 255, 0)


def test_a_grid_goes_from_left_to_right_and_then_down():
    grid = combine([LIME, RED, BLUE], "grid").pixels

    # Cells of 100×50, the usual sides, with a gap of one.
    assert grid.size == (201, 101)
    assert grid.getpixel((50, 25)) == (0, 255, 0)
    assert grid.getpixel((150, 25)) == (255, 0, 0)
    assert grid.getpixel((50, 75)) == (0, 0, 255)
    assert grid.getpixel((150, 75)) == (255, 255, 255)


def test_blended_pictures_count_alike_and_take_the_size_of_the_first():
    blend = combine([RED, BLUE, LIME], "blend").pixels

    assert blend.size == (100, 50)
    assert blend.getpixel((50, 25)) == pytest.approx((85, 85, 85), abs=2)


def test_transparent_pictures_stand_on_white():
    clear = Image(PIL.Image.new("RGBA", (10, 10), (0, 0, 0, 0)))

    assert combine([clear, clear]).pixels.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("number", [0, 101])
def test_no_picture_and_too_many_are_refused(number):
    with pytest.raises(BadArgument, match=f"{number} pictures cannot be combined"):
        combine([LIME] * number)


def test_a_row_beyond_the_limit_of_pixels_is_refused():
    with pytest.raises(BadArgument, match="50,000,000 pixels are allowed"):
        combine([plain("red", 2000, 1200)] * 30)


@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=6),
    st.sampled_from(["row", "column", "grid", "blend"]),
)
def test_pictures_of_any_size_can_be_combined(sizes, how):
    page = combine([plain("red", *size) for size in sizes], how)

    assert 1 <= page.width * page.height <= LIMITS.pixels
