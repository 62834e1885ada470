import PIL.Image

from tools import Box, Image
from tools.library.images.grayscale import grayscale


def test_colours_become_their_brightness():
    assert grayscale(Image(PIL.Image.new("RGB", (1, 1), (255, 0, 0)))).array().tolist() == [
        [[76, 76, 76]]
    ]


def test_a_region_alone_may_lose_its_colours():
    red = Image(PIL.Image.new("RGB", (40, 40), (255, 0, 0)))

    shown = grayscale(red, Box(20, 0, 40, 40)).pixels

    assert shown.getpixel((5, 5)) == (255, 0, 0)
    assert shown.getpixel((35, 5)) == (76, 76, 76)


def test_transparent_parts_stay_so():
    clear = Image(PIL.Image.new("RGBA", (4, 4), (9, 9, 9, 0)))

    assert grayscale(clear).pixels.getpixel((1, 1))[3] == 0
