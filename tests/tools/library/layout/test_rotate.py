import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.rotate import rotate


def corner_picture() -> Image:
    """White, red at the top left."""
    pixels = PIL.Image.new("RGB", (6, 4), "white")
    pixels.putpixel((0, 0), (255, 0, 0))
    return Image(pixels)


def visible_colours(pixels: PIL.Image.Image) -> set[tuple[int, ...]]:
    """The colours of what is not nearly transparent."""
    levels = np.asarray(pixels)
    return {tuple(colour) for colour in levels[levels[..., 3] > 40][:, :3].tolist()}


@pytest.mark.parametrize(
    ("degrees", "size", "red"),
    [
        (90, (4, 6), (3, 0)), (180, (6, 4), (5, 3)), (270, (4, 6), (0, 5)), (-90, (4, 6), (0, 5)),
        (0, (6, 4), (0, 0)), (360, (6, 4), (0, 0)), (450.0, (4, 6), (3, 0)),
    ],
)  # fmt: skip
def test_quarter_turns_are_clockwise_and_exact(
    degrees: float, size: tuple[int, int], red: tuple[int, int]
) -> None:
    turned = rotate(corner_picture(), degrees).pixels

    assert (turned.mode, turned.size) == ("RGB", size)
    assert turned.getpixel(red) == (255, 0, 0)


def test_another_angle_makes_room_and_leaves_the_corners_transparent() -> None:
    turned = rotate(Image(PIL.Image.new("RGB", (100, 50), (10, 200, 30))), 30).pixels

    assert turned.size == pytest.approx((112, 94), abs=4)
    assert turned.getpixel((0, 0))[3] == 0
    assert turned.getpixel((56, 47)) == (10, 200, 30, 255)


def test_clockwise_means_that_the_right_side_sinks() -> None:
    level = PIL.Image.new("RGB", (101, 101), "white")
    level.paste("black", (0, 50, 101, 51))

    turned = rotate(Image(level), 10).opaque().convert("L")

    middle = turned.height // 2
    left, right = (
        min(range(turned.height), key=lambda y, x=x: turned.getpixel((x, y)))
        for x in (25, turned.width - 25)
    )
    assert left < middle - 4 and right > middle + 4


def test_edges_have_no_dark_fringe() -> None:
    turned = rotate(Image(PIL.Image.new("RGB", (60, 60), "white")), 20).pixels

    assert visible_colours(turned) == {(255, 255, 255)}


@pytest.mark.parametrize("degrees", [float("nan"), float("inf")])
def test_no_number_of_degrees_is_refused(degrees: float) -> None:
    with pytest.raises(BadArgument, match=f"cannot be turned by {degrees!r} degrees"):
        rotate(corner_picture(), degrees)
