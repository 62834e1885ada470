import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import Box, Image
from tools.library.regions.area import Where, area

PLACES = Where.__args__


@pytest.mark.parametrize(
    ("where", "box"),
    [
        ("left", Box(0, 0, 50, 60)),
        ("right", Box(50, 0, 100, 60)),
        ("top", Box(0, 0, 100, 30)),
        ("bottom", Box(0, 30, 100, 60)),
        ("middle", Box(25, 15, 75, 45)),
        ("top left", Box(0, 0, 50, 30)),
        ("bottom right", Box(50, 30, 100, 60)),
    ],
)
def test_an_area_is_a_half_a_quarter_or_the_middle(where, box):
    assert area(Image(PIL.Image.new("RGB", (100, 60))), where) == box


@given(st.integers(1, 50), st.integers(1, 50), st.sampled_from(PLACES))
def test_every_area_of_any_picture_lies_on_it(width, height, where):
    box = area(Image(PIL.Image.new("RGB", (width, height))), where)

    assert 0 <= box.left < box.right <= width
    assert 0 <= box.top < box.bottom <= height
