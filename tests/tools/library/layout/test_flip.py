import PIL.Image

from tools import Image
from tools.library.layout.flip import flip


def test_horizontal_swaps_left_and_right_and_vertical_top_and_bottom() -> None:
    pixels = PIL.Image.new("RGBA", (3, 2), (0, 0, 0, 0))
    pixels.putpixel((0, 0), (255, 0, 0, 255))

    assert flip(Image(pixels)).pixels.getpixel((2, 0)) == (255, 0, 0, 255)
    assert flip(Image(pixels), "vertical").pixels.getpixel((0, 1)) == (255, 0, 0, 255)
