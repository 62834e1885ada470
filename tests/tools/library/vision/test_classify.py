from collections.abc import Sequence

import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.vision.classify import Matcher, classify
from tools.library.vision.search_images import search_images


class FitsByLength(Matcher):
    """The nearer a text's length is to a picture's width, the better it fits."""

    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> np.ndarray:
        widths = np.array([[image.width] for image in images], np.float32)
        return -np.abs(widths - [len(text) for text in texts])


def blank(width: int) -> Image:
    return Image(PIL.Image.new("RGB", (width, 4)))


def test_the_label_that_fits_best_is_chosen():
    assert classify(FitsByLength(), blank(3), ["a", "dog", "a horse"]) == "dog"


def test_no_labels_at_all_are_refused():
    with pytest.raises(BadArgument, match="there are no labels to choose from"):
        classify(FitsByLength(), blank(3), [])


def test_pictures_are_sorted_by_how_well_they_fit():
    one, three, seven = blank(1), blank(3), blank(7)

    assert search_images(FitsByLength(), [one, seven, three], "dog") == [three, one, seven]


def test_nothing_is_found_among_no_pictures():
    assert search_images(FitsByLength(), [], "dog") == []


def test_searching_for_nothing_is_refused():
    with pytest.raises(BadArgument, match="there is nothing to search for in ' '"):
        search_images(FitsByLength(), [blank(3)], " ")


@pytest.mark.real
def test_a_scene_is_told_from_its_label(load_model, scene):
    model = load_model("classify/sprites")

    assert classify(model, scene, ["dogs", "a tree and apples", "a house"]) == "a tree and apples"
