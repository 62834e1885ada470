import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image, Mask, Points
from tools.library.images.remove import Inpainter, remove


class PaintsGreen(Inpainter):
    def fill(self, image: Image, hole: Mask) -> Image:
        green = PIL.Image.new("RGB", image.pixels.size, "lime")
        return Image(PIL.Image.composite(green, image.opaque(), hole.pixels))


PAGE = Image(PIL.Image.new("RGB", (100, 100), "white"))


def test_the_region_and_a_rim_around_it_are_filled():
    filled = remove(PaintsGreen(), PAGE, Box(40, 40, 60, 60)).pixels

    assert [filled.getpixel((x, 50)) for x in (37, 38, 61, 62)] == [
        (255, 255, 255),
        (0, 255, 0),
        (0, 255, 0),
        (255, 255, 255),
    ]


def test_what_was_transparent_stays_so():
    clear = PIL.Image.new("RGBA", (50, 50), (0, 0, 0, 0))

    assert (
        remove(PaintsGreen(), Image(clear), Box(10, 10, 20, 20)).pixels.getpixel((40, 40))[3] == 0
    )


def test_a_region_that_is_not_on_the_picture_is_refused():
    with pytest.raises(BadArgument, match="is empty or outside the picture of 100×100"):
        remove(PaintsGreen(), PAGE, Box(200, 200, 300, 300))


def test_without_anything_that_was_found_there_is_nothing_to_remove():
    with pytest.raises(BadArgument, match="no region on the picture of 100×100: nothing was found"):
        remove(PaintsGreen(), PAGE, Boxes(()))


def test_points_are_refused_with_the_way_to_use_them():
    with pytest.raises(BadArgument) as caught:
        remove(PaintsGreen(), PAGE, Points(((20, 20),)))

    assert caught.value.hint == (
        "outline what lies there first, with segment(image, points), and use that region"
    )


def test_a_picture_cannot_be_removed_as_a_whole():
    with pytest.raises(BadArgument, match="covers 100% of the picture; at most 90%"):
        remove(PaintsGreen(), PAGE, Box(0, 0, 100, 100))


@pytest.mark.real
def test_migan_takes_the_spoon_off_the_saucer_and_leaves_the_rest(load_model, photo):
    spoon = Box(318, 225, 402, 330)

    cleared = remove(load_model("remove/migan"), photo, spoon)

    before, after = photo.array().astype(int), cleared.array().astype(int)
    part = (slice(240, 320), slice(330, 395))
    # The spoon is of grey steel, the saucer red: far less blue and green is left.
    assert before[part][..., 2].mean() > 50
    assert after[part][..., 2].mean() < 35
    assert np.array_equal(before[:, :250], after[:, :250])
    assert np.array_equal(before[:200], after[:200])


@pytest.mark.real
def test_migan_fills_a_hole_in_stripes_with_stripes(load_model):
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, :, 1] = np.where(np.arange(256) // 16 % 2, 200, 50)
    spoiled = stripes.copy()
    spoiled[100:156, 100:156] = (255, 0, 0)

    filled = remove(
        load_model("remove/migan"), Image(PIL.Image.fromarray(spoiled)), Box(100, 100, 156, 156)
    )

    error = np.abs(filled.array().astype(int) - stripes)[104:152, 104:152]
    assert error.mean() < 40


@pytest.mark.real
@pytest.mark.parametrize("size", [(16, 16), (700, 20), (20, 700)])
def test_migan_works_on_pictures_of_any_shape(load_model, size):
    grey = Image(PIL.Image.new("RGB", size, "grey"))

    filled = remove(load_model("remove/migan"), grey, Box(4, 4, 8, 8))

    assert filled.pixels.size == size
    assert filled.array().mean() == pytest.approx(128, abs=12)
