import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image, Mask, Points
from tools.library.images.cut_out import ForegroundFinder, cut_out


class SeesTheDark(ForegroundFinder):
    """What is darker than grey is in front, softly so."""

    def foreground(self, image: Image) -> Mask:
        return Mask(image.opaque().convert("L").point([255] * 100 + [0] * 156))


PAGE = PIL.Image.new("RGB", (100, 100), "white")
PAGE.paste("black", (10, 10, 40, 40))
PAGE.paste("blue", (60, 60, 90, 90))
TWO_THINGS = Image(PAGE)


def opaque_part(image: Image) -> tuple[int, int, int, int] | None:
    return image.pixels.getchannel("A").getbbox()


def test_the_background_becomes_transparent_and_the_size_stays():
    cut = cut_out(SeesTheDark(), TWO_THINGS)

    assert cut.pixels.mode == "RGBA"
    assert cut.pixels.size == (100, 100)
    assert opaque_part(cut) == (10, 10, 90, 90)
    assert cut.pixels.getpixel((50, 50))[3] == 0


def test_a_box_keeps_only_the_thing_in_it():
    assert opaque_part(cut_out(SeesTheDark(), TWO_THINGS, Box(50, 50, 100, 100))) == (
        60,
        60,
        90,
        90,
    )


def test_several_boxes_keep_several_things():
    boxes = Boxes((Box(5, 5, 45, 45), Box(55, 55, 95, 80)))

    assert opaque_part(cut_out(SeesTheDark(), TWO_THINGS, boxes)) == (10, 10, 90, 80)


def test_boxes_outside_the_picture_are_left_out():
    boxes = Boxes((Box(5, 5, 45, 45), Box(200, 200, 300, 300)))

    assert opaque_part(cut_out(SeesTheDark(), TWO_THINGS, boxes)) == (10, 10, 40, 40)


def test_an_outline_is_followed_whatever_the_model_sees():
    mask = Mask(Box(40, 40, 60, 60).mask(100, 100))

    cut = cut_out(SeesTheDark(), TWO_THINGS, mask)

    assert cut.pixels.getpixel((50, 50))[3] == 255
    assert cut.pixels.getpixel((20, 20))[3] == 0


def test_what_was_transparent_stays_so():
    page = TWO_THINGS.pixels.convert("RGBA")
    page.paste((0, 0, 0, 0), (10, 10, 40, 40))

    assert opaque_part(cut_out(SeesTheDark(), Image(page))) == (60, 60, 90, 90)


def test_a_picture_without_a_foreground_is_refused():
    with pytest.raises(BadArgument, match="nothing in the picture stands out"):
        cut_out(SeesTheDark(), Image(PIL.Image.new("RGB", (50, 50), "white")))


def test_points_are_refused_with_the_way_to_use_them():
    with pytest.raises(BadArgument) as caught:
        cut_out(SeesTheDark(), TWO_THINGS, Points(((20, 20),)))

    assert str(caught.value) == (
        "(20, 20) are points, and a region to cut out needs an area\n"
        "hint: outline what lies there first, with segment(image, points), and use that region"
    )


def test_a_picture_of_one_pixel_is_refused():
    with pytest.raises(BadArgument, match="a picture of 1×1 pixels has no foreground"):
        cut_out(SeesTheDark(), Image(PIL.Image.new("RGB", (1, 1))))


@pytest.mark.real
def test_u2net_cuts_the_cup_and_its_saucer_off_the_table(load_model, photo):
    shape = cut_out(load_model("cut_out/u2net-small"), photo).pixels.getchannel("A")

    assert [shape.getpixel(place) for place in ((290, 150), (120, 200))] == [255, 255]
    assert max(shape.getpixel(place) for place in ((20, 20), (580, 100), (580, 380))) < 20


@pytest.mark.real
def test_u2net_cuts_out_the_astronaut_within_a_box(load_model, portrait):
    cut = cut_out(load_model("cut_out/u2net-small"), portrait, Box(140, 0, 330, 250))

    left, _, right, bottom = cut.pixels.getchannel("A").point([0] * 128 + [255] * 128).getbbox()
    assert (left, right) == pytest.approx((140, 330), abs=40)
    assert bottom == 250
    assert cut.pixels.getpixel((225, 130))[3] > 250
