import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.compare_side_by_side import compare_side_by_side

RED = Image(PIL.Image.new("RGB", (200, 100), "red"))
BLUE = Image(PIL.Image.new("RGB", (50, 50), "blue"))


def test_both_have_the_height_of_the_taller_one() -> None:
    page = compare_side_by_side(RED, BLUE).pixels

    assert page.size == (304, 100)
    assert page.getpixel((199, 50)) == (255, 0, 0)
    assert page.getpixel((202, 50)) == (255, 255, 255)
    assert page.getpixel((204, 50)) == page.getpixel((303, 99)) == (0, 0, 255)


def test_titles_stand_above_the_two() -> None:
    assert compare_side_by_side(RED, BLUE, ["before", "after"]).size == (304, 116)


def test_one_title_is_refused() -> None:
    with pytest.raises(BadArgument, match="there are 1 titles for 2 pictures"):
        compare_side_by_side(RED, BLUE, ["before"])
