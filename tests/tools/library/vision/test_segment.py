import PIL.Image
import PIL.ImageChops
import pytest

from tools import BadArgument, Box, Boxes, Image, Mask, Points
from tools.library.vision.segment import Segmenter, segment

BLANK = Image(PIL.Image.new("RGB", (100, 80), "grey"))


class OutlinesBoxes(Segmenter):
    """Takes the inner half of each box for the thing, and around points a square."""

    def __init__(self) -> None:
        self.asked: list[Box | Points] = []

    def outline(self, image, prompts):
        self.asked += prompts
        return tuple(self._square(image, prompt) for prompt in prompts)

    def _square(self, image, prompt):
        if isinstance(prompt, Points):
            x, y = prompt.items[0]
            return Mask(Box(x - 5, y - 5, x + 5, y + 5).mask(image.width, image.height))
        wide, high = (prompt.right - prompt.left) / 4, (prompt.bottom - prompt.top) / 4
        inner = (prompt.left + wide, prompt.top + high, prompt.right - wide, prompt.bottom - high)
        return Mask(Box(*inner).mask(image.width, image.height))


def test_a_box_gives_the_thing_in_it():
    mask = segment(OutlinesBoxes(), BLANK, Box(10, 10, 50, 50))

    assert mask.pixels.getbbox() == (20, 20, 40, 40)


def test_the_things_in_several_boxes_become_one_region():
    mask = segment(OutlinesBoxes(), BLANK, Boxes((Box(0, 0, 40, 40), Box(60, 40, 100, 80))))

    assert mask.pixels.getpixel((20, 20)) == mask.pixels.getpixel((80, 60)) == 255
    assert mask.pixels.getpixel((50, 40)) == 0


def test_points_on_the_picture_mean_one_thing():
    model = OutlinesBoxes()

    segment(model, BLANK, Points(((30, 30), (40, 30), (999, 0))))

    assert model.asked == [Points(((30, 30), (40, 30)))]


def test_boxes_are_cut_at_the_edge_and_those_outside_left_out():
    model = OutlinesBoxes()

    segment(model, BLANK, Boxes((Box(-20, -20, 40, 40), Box(200, 0, 300, 80))))

    assert model.asked == [Box(0, 0, 40, 40)]


def test_a_mask_is_looked_at_as_the_box_around_it():
    model = OutlinesBoxes()

    segment(model, BLANK, Mask(Box(10, 20, 30, 40).mask(100, 80)))

    assert model.asked == [Box(10, 20, 30, 40)]


def test_no_outline_is_an_error_and_not_an_empty_region():
    class SeesNothing(Segmenter):
        def outline(self, image, prompts):
            return (Mask(PIL.Image.new("L", (100, 80), 0)),)

    with pytest.raises(BadArgument, match="nothing with an outline was found at"):
        segment(SeesNothing(), BLANK, Box(10, 10, 20, 20))


@pytest.mark.parametrize("region", [Box(200, 200, 300, 300), Points(())])
def test_a_region_that_is_not_on_the_picture_is_refused(region):
    with pytest.raises(BadArgument, match="is empty or outside the picture of 100×80"):
        segment(OutlinesBoxes(), BLANK, region)


def test_without_anything_that_was_found_there_is_no_outline():
    with pytest.raises(BadArgument, match="no region on the picture of 100×80: nothing was found"):
        segment(OutlinesBoxes(), BLANK, Boxes(()))


def test_a_picture_of_one_pixel_is_refused():
    with pytest.raises(BadArgument, match="a picture of 1×1 pixels has no outlines"):
        segment(OutlinesBoxes(), Image(PIL.Image.new("RGB", (1, 1))), Box(0, 0, 1, 1))


def test_too_many_boxes_are_refused():
    with pytest.raises(BadArgument, match="51 boxes are too many for one call; 50 are"):
        segment(OutlinesBoxes(), BLANK, Boxes((Box(0, 0, 9, 9),) * 51))


@pytest.mark.real
def test_sam2_outlines_the_cup_in_its_box_and_the_spoon_at_a_point(load_model, photo):
    model = load_model("segment/sam2-hiera-tiny")

    cup = segment(model, photo, Box(162, 16, 422, 295)).pixels
    spoon = segment(model, photo, Points(((370, 270),))).pixels

    # Rim, coffee and handle; the table left of the cup and the saucer below it.
    assert [cup.getpixel(place) for place in ((290, 30), (290, 150), (225, 265))] == [255] * 3
    assert [cup.getpixel(place) for place in ((168, 250), (300, 350))] == [0, 0]
    left, top, right, bottom = spoon.getbbox()
    assert (left, right, bottom) == pytest.approx((327, 405, 325), abs=12)
    assert top < 250


@pytest.mark.real
def test_sam2_outlines_things_in_pictures_of_any_shape(load_model):
    for size in [(8, 8), (10, 1000)]:
        page = PIL.Image.new("RGB", size, "white")
        page.paste("red", (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4))

        mask = segment(load_model("segment/sam2-hiera-tiny"), Image(page), Box(0, 0, *size))

        assert mask.pixels.size == size
