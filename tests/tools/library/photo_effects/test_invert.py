import PIL.Image

from tools import Box, Boxes, Image
from tools.library.photo_effects.invert import invert

ORANGE = Image(PIL.Image.new("RGB", (40, 40), (255, 128, 0)))


def test_every_level_becomes_its_opposite() -> None:
    assert invert(ORANGE).pixels.getpixel((3, 3)) == (0, 127, 255)
    assert invert(invert(ORANGE)).array().tolist() == ORANGE.array().tolist()


def test_where_boxes_overlap_it_is_inverted_once() -> None:
    pixels = invert(ORANGE, Boxes((Box(0, 0, 30, 40), Box(10, 0, 40, 40)))).pixels

    assert pixels.getpixel((20, 20)) == (0, 127, 255)
    assert pixels.getpixel((5, 20)) == (0, 127, 255)


def test_a_region_of_a_few_pixels_is_inverted_too() -> None:
    pixels = invert(ORANGE, Box(10, 10, 12, 12)).pixels

    assert pixels.getpixel((10, 10))[0] < 30
    assert pixels.getpixel((20, 20)) == (255, 128, 0)


def test_what_is_transparent_stays_so() -> None:
    clear = Image(PIL.Image.new("RGBA", (4, 4), (0, 0, 0, 0)))

    assert invert(clear).pixels.getpixel((1, 1))[3] == 0
