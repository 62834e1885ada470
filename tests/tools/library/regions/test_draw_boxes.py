import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import Box, Boxes, Image
from tools.library.regions.draw_boxes import PALETTE, draw_boxes


def blank(width: int, height: int) -> Image:
    return Image(PIL.Image.new("RGB", (width, height), "white"))


def test_a_box_is_framed_and_its_label_stands_above_it():
    drawn = draw_boxes(blank(200, 100), Boxes((Box(50, 40, 150, 90, "cup"),)))

    assert drawn.pixels.getpixel((50, 60)) == (230, 159, 0)
    assert drawn.pixels.getpixel((100, 65)) == (255, 255, 255)
    assert drawn.pixels.getpixel((51, 38)) == (230, 159, 0)
    assert drawn.pixels.getpixel((51, 10)) == (255, 255, 255)


def test_each_kind_of_thing_has_a_colour_of_its_own():
    boxes = Boxes((Box(0, 0, 20, 20, "a"), Box(40, 40, 60, 60, "b"), Box(80, 80, 99, 99, "a")))

    drawn = draw_boxes(blank(100, 100), boxes).pixels

    assert drawn.getpixel((20, 15)) == drawn.getpixel((80, 90)) == (230, 159, 0)
    assert drawn.getpixel((40, 55)) == (0, 114, 178)


def test_labels_do_not_hide_one_another():
    boxes = Boxes((Box(50, 80, 150, 180, "cup"), Box(50, 80, 150, 180, "mug")))

    drawn = draw_boxes(blank(200, 200), boxes).pixels

    colours = {pixel for _, pixel in drawn.getcolors(40_000) or ()}
    assert {(230, 159, 0), (0, 114, 178)} <= colours


def test_the_picture_itself_stays_as_it_was():
    image = blank(50, 50)
    before = image.digest

    draw_boxes(image, Boxes((Box(1, 1, 20, 20, "cup"),)))

    assert image.digest == before


def test_a_picture_without_boxes_is_shown_as_it_is():
    assert draw_boxes(blank(9, 9), Boxes(())).digest == blank(9, 9).digest


def test_transparent_pictures_stay_transparent():
    image = Image(PIL.Image.new("RGBA", (60, 60), (0, 0, 0, 0)))

    drawn = draw_boxes(image, Boxes((Box(20, 30, 40, 50, "cup"),))).pixels

    assert drawn.getpixel((5, 5)) == (0, 0, 0, 0)
    assert drawn.getpixel((20, 45)) == (230, 159, 0, 255)


@pytest.mark.parametrize(("colour", "ink"), PALETTE)
def test_every_label_has_the_contrast_that_text_needs(colour, ink):
    """At least 4.5 to 1, as the Web Content Accessibility Guidelines ask."""
    levels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    contrast = (luminance + 0.05) / 0.05 if ink == "black" else 1.05 / (luminance + 0.05)

    assert contrast >= 4.5


places = st.floats(-50, 500)


@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.lists(st.builds(Box, places, places, places, places, st.text(max_size=30)), max_size=5).map(
        tuple
    ),
)
def test_any_boxes_can_be_drawn_onto_any_picture(width, height, boxes):
    drawn = draw_boxes(blank(width, height), Boxes(boxes))

    assert drawn.pixels.size == (width, height)
