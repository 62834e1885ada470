import PIL.Image
import pytest

from tools import Image
from tools.library.vision.edges import edges


@pytest.mark.real
def test_hed_draws_the_rim_of_the_cup_and_leaves_the_coffee_dark(load_model, photo):
    drawn = edges(load_model("edges/hed"), photo)

    assert (drawn.width, drawn.height) == (photo.width, photo.height)
    grey = drawn.array()[:, :, 0]
    assert grey[60:140, 398:416].max(axis=1).mean() > 150
    assert grey[130:150, 260:320].mean() < 30


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (900, 800)])
def test_hed_keeps_the_size_of_any_picture(load_model, size):
    drawn = edges(load_model("edges/hed"), Image(PIL.Image.new("RGB", size, "grey")))

    assert drawn.pixels.size == size
