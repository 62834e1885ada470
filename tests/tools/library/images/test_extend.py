import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image, Mask
from tools.library.images.extend import extend
from tools.library.images.remove import Inpainter


class PaintsGreen(Inpainter):
    def __init__(self) -> None:
        self.holes: list[tuple[int, int, int, int]] = []

    def fill(self, image: Image, hole: Mask) -> Image:
        self.holes.append(hole.pixels.getbbox())
        green = PIL.Image.new("RGB", image.pixels.size, "lime")
        return Image(PIL.Image.composite(green, image.opaque(), hole.pixels))


PAGE = Image(PIL.Image.new("RGB", (100, 80), "red"))
LIME = (0, 255, 0)


@pytest.mark.parametrize(
    ("side", "size", "hole"),
    [
        ("left", (120, 80), (0, 0, 21, 80)),
        ("right", (120, 80), (99, 0, 120, 80)),
        ("top", (100, 96), (0, 0, 100, 17)),
        ("bottom", (100, 96), (0, 79, 100, 96)),
    ],
)
def test_a_side_is_painted_and_a_little_of_the_old_picture_with_it(side, size, hole):
    model = PaintsGreen()

    wide = extend(model, PAGE, side)

    assert wide.pixels.size == size
    assert model.holes == [hole]


def test_all_sides_are_painted_one_after_another_around_the_old_picture():
    model = PaintsGreen()

    wide = extend(model, PAGE, by=0.5).pixels

    assert wide.size == (200, 160)
    assert len(model.holes) == 4
    assert wide.getpixel((100, 80)) == (255, 0, 0)
    corners = ((0, 0), (199, 0), (0, 159), (199, 159))
    assert [wide.getpixel(corner) for corner in corners] == [LIME] * 4


@pytest.mark.parametrize("by", [0, -0.1, 0.6])
def test_an_impossible_share_is_refused(by):
    with pytest.raises(BadArgument, match=f"cannot be extended by {by}"):
        extend(PaintsGreen(), PAGE, by=by)


def test_a_picture_that_would_become_too_large_is_refused():
    with pytest.raises(BadArgument, match="would become one of 12000×8000 pixels; 50,000,000"):
        extend(PaintsGreen(), Image(PIL.Image.new("RGB", (6000, 4000))), by=0.5)


def test_a_picture_of_a_few_pixels_is_refused():
    with pytest.raises(BadArgument, match="a picture of 1×1 pixels shows no scene"):
        extend(PaintsGreen(), Image(PIL.Image.new("RGB", (1, 1))))


@pytest.mark.real
def test_migan_continues_the_table_and_keeps_the_cup(load_model, photo):
    wide = extend(load_model("remove/migan"), photo, "right", by=0.2)

    assert wide.pixels.size == (720, 400)
    assert np.array_equal(wide.array()[:, :590], photo.array()[:, :590])
    # Wood: red before green before blue, and neither black nor all alike.
    new = wide.array()[:, 610:].reshape(-1, 3).astype(int)
    red, green, blue = new.mean(axis=0)
    assert red > green + 20 and green > blue
    assert new.std(axis=0).min() > 10
