import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.vision.depth import DepthFinder
from tools.library.vision.surface_normals import surface_normals


class SeesThisDepth(DepthFinder):
    def __init__(self, nearness: np.ndarray) -> None:
        self.nearness = Image(PIL.Image.fromarray(nearness.astype(np.uint8)))

    def inverse_depth(self, image: Image) -> Image:
        return self.nearness


def normals_of(nearness: np.ndarray) -> np.ndarray:
    height, width = nearness.shape
    picture = Image(PIL.Image.new("RGB", (width, height)))
    return surface_normals(SeesThisDepth(nearness), picture).array()


def test_a_wall_faces_the_viewer():
    assert normals_of(np.full((20, 30), 90))[10, 15].tolist() == [128, 128, 255]


def test_what_comes_nearer_to_the_right_faces_left_and_what_comes_nearer_downwards_faces_up():
    columns, rows = np.meshgrid(np.arange(32) * 8, np.arange(32) * 8)

    red, green, _ = normals_of(columns)[16, 16]
    assert red < 110
    assert green == 128
    red, green, _ = normals_of(rows)[16, 16]
    assert red == 128
    assert green > 145


def test_a_slope_of_one_half_has_the_normal_of_the_textbook():
    # A rise of 1 in nearness over 32 pixels is 16 pixels high: a slope of one half.
    columns = np.tile(np.arange(32) * 255 / 32, (32, 1))

    red, _, blue = normals_of(np.round(columns))[16, 16]
    assert red == pytest.approx(127.5 * (1 - 0.447), abs=3)
    assert blue == pytest.approx(127.5 * (1 + 0.894), abs=3)


def test_a_tiny_picture_is_refused():
    with pytest.raises(BadArgument, match="a picture of 2×1 pixels shows no surfaces"):
        normals_of(np.zeros((1, 2)))
