import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from tools import Image
from tools.library.vision.straight_lines import straight_lines


def drawing(size: tuple[int, int]) -> Image:
    picture = PIL.Image.new("RGB", size, "white")
    width, height = size
    PIL.ImageDraw.Draw(picture).rectangle(
        (width // 4, height // 4, width * 3 // 4, height * 3 // 4), fill="navy"
    )
    return Image(picture)


@pytest.mark.parametrize("size", [(200, 120), (2_400, 1_600)])
def test_the_sides_of_a_rectangle_are_drawn_where_they_are(size: tuple[int, int]):
    width, height = size

    lines = straight_lines(drawing(size)).array().max(axis=-1) > 127

    assert lines.shape == (height, width)
    margin = max(round(width / 100), 2)
    for x in (width // 4, width * 3 // 4):
        assert lines[height // 2, x - margin : x + margin].any()
    for y in (height // 4, height * 3 // 4):
        assert lines[y - margin : y + margin, width // 2].any()
    assert lines.mean() < 0.05
    assert not lines[height // 2 - 9 : height // 2 + 9, width // 2 - 9 : width // 2 + 9].any()


def test_a_plain_picture_has_none():
    plain = Image(PIL.Image.new("RGB", (64, 64), "grey"))

    assert straight_lines(plain).array().max() == 0
    assert straight_lines(Image(PIL.Image.new("RGB", (1, 1)))).array().shape[:2] == (1, 1)


def test_a_transparent_picture_is_seen_on_white():
    clear = PIL.Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (20, 20, 60, 60))

    assert np.count_nonzero(straight_lines(Image(clear)).array()) > 0
