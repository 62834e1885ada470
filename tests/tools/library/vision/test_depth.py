import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.vision.depth import DepthFinder, depth


class SeesTheGroundNear(DepthFinder):
    def inverse_depth(self, image: Image) -> Image:
        return image.map(lambda pixels: PIL.Image.linear_gradient("L").resize(pixels.size))


def test_what_is_near_is_brighter_than_what_is_far():
    nearness = depth(SeesTheGroundNear(), Image(PIL.Image.new("RGB", (40, 30)))).pixels

    assert nearness.size == (40, 30)
    assert nearness.getpixel((20, 0)) < (10, 10, 10)
    assert nearness.getpixel((20, 29)) > (245, 245, 245)


def test_a_picture_of_one_pixel_is_refused():
    with pytest.raises(BadArgument, match="a picture of 1×1 pixels shows no depth"):
        depth(SeesTheGroundNear(), Image(PIL.Image.new("RGB", (1, 1))))
