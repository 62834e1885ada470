import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.border import border

RED = Image(PIL.Image.new("RGB", (10, 6), "red"))


def test_the_border_surrounds_the_picture() -> None:
    framed = border(RED, "dark blue", 3).pixels

    assert framed.size == (16, 12)
    assert framed.getpixel((2, 2)) == (0, 0, 139)
    assert framed.getpixel((3, 3)) == (255, 0, 0)
    assert framed.getpixel((13, 8)) == (0, 0, 139)


def test_what_is_transparent_stays_so_within_the_border() -> None:
    framed = border(Image(PIL.Image.new("RGBA", (4, 4), (0, 0, 0, 0))), "white", 2).pixels

    assert framed.getpixel((0, 0)) == (255, 255, 255, 255)
    assert framed.getpixel((3, 3))[3] == 0


def test_a_width_of_0_changes_nothing() -> None:
    assert border(RED, width=0).array().tolist() == RED.array().tolist()


@pytest.mark.parametrize("width", [-1, 10**6])
def test_an_impossible_width_is_refused(width: int) -> None:
    with pytest.raises(BadArgument, match="0 to 5000 are allowed"):
        border(RED, width=width)


def test_an_unknown_colour_is_answered_with_near_ones() -> None:
    with pytest.raises(BadArgument, match="hint: use 'white'"):
        border(RED, "whyte")
