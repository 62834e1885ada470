import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image, Mask, Points
from tools.library.images.crop import crop

COLUMNS = Image(PIL.Image.linear_gradient("L").rotate(90).resize((10, 10)))


@pytest.mark.parametrize(
    ("region", "size"),
    [
        (Box(2, 3, 6, 9), (4, 6)),
        (Box(-4, -4, 4, 4), (4, 4)),
        (Box(8.4, 8.4, 99, 99), (2, 2)),
        (Boxes((Box(1, 1, 2, 2), Box(5, 5, 6, 9))), (5, 8)),
        (Points(((2, 2), (4, 7))), (3, 6)),
        (Mask(PIL.Image.new("L", (10, 10), 255)), (10, 10)),
    ],
)
def test_the_part_is_the_smallest_rectangle_around_the_region(region, size):
    assert crop(COLUMNS, region).pixels.size == size


def test_the_part_shows_what_was_there():
    assert crop(COLUMNS, Box(3, 0, 4, 10)).array()[0, 0, 0] == COLUMNS.array()[0, 3, 0]


def test_a_region_outside_the_picture_is_refused():
    with pytest.raises(BadArgument, match="is empty or outside the picture of 10×10"):
        crop(COLUMNS, Box(20, 20, 30, 30))


def test_a_mask_of_another_picture_is_refused():
    with pytest.raises(BadArgument, match="the mask is for a picture of 4×4 pixels"):
        crop(COLUMNS, Mask(PIL.Image.new("L", (4, 4), 255)))
