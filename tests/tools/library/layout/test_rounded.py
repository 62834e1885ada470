import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.rounded import rounded

RED = Image(PIL.Image.new("RGB", (60, 40), "red"))


def alpha(image: Image, x: int, y: int) -> int:
    return image.pixels.getpixel((x, y))[3]


def test_the_corners_are_transparent_and_the_rest_stays() -> None:
    result = rounded(RED, 0.25)

    assert [alpha(result, x, y) for x, y in ((0, 0), (59, 0), (0, 39), (59, 39))] == [0, 0, 0, 0]
    assert [alpha(result, x, y) for x, y in ((10, 0), (0, 10), (3, 3), (30, 20))] == [255] * 4
    assert result.pixels.getpixel((30, 20)) == (255, 0, 0, 255)


def test_the_curve_is_smooth() -> None:
    levels = {alpha(rounded(RED, 0.25), x, 0) for x in range(10)}

    assert len(levels - {0, 255}) >= 2


def test_half_the_shorter_side_gives_a_circle_from_the_middle() -> None:
    badge = rounded(RED, 0.5)

    assert badge.size == (40, 40)
    assert [alpha(badge, x, y) for x, y in ((0, 20), (39, 20), (20, 0), (20, 39))] == [253] * 4
    assert alpha(badge, 5, 5) == 0
    # The area of a circle.
    assert np.asarray(badge.pixels)[..., 3].sum() / 255 == pytest.approx(1256.6, rel=0.01)


def test_no_radius_leaves_the_corners() -> None:
    assert rounded(RED, 0).pixels.getchannel("A").getextrema() == (255, 255)


def test_a_cut_out_and_a_picture_of_one_pixel_can_be_rounded() -> None:
    clear = Image(PIL.Image.new("RGBA", (20, 20), (9, 9, 9, 100)))

    assert alpha(rounded(clear), 10, 10) == 100
    assert rounded(Image(PIL.Image.new("RGB", (1, 1))), 0.5).size == (1, 1)


@pytest.mark.parametrize("radius", [-0.1, 0.6])
def test_an_impossible_radius_is_refused(radius: float) -> None:
    with pytest.raises(BadArgument, match=r"0 to 0.5 are allowed"):
        rounded(RED, radius)
