import PIL.Image

from tools import Image
from tools.orchestra.grayscale import grayscale


def test_colours_become_their_brightness():
    assert grayscale(Image(PIL.Image.new("RGB", (1, 1), (255, 0, 0)))).array().tolist() == [
        [[76, 76, 76]]
    ]
