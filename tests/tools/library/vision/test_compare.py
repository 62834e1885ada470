import numpy as np
import PIL.Image
import pytest

from tools import Image
from tools.library.vision.compare import Comparer, compare
from tools.library.vision.find_similar import find_similar


class ComparesColours(Comparer):
    def vectors(self, images):
        colours = [image.array().reshape(-1, 3).mean(axis=0) - 127.5 for image in images]
        return np.stack([colour / np.linalg.norm(colour) for colour in colours])


def plain(colour: str) -> Image:
    return Image(PIL.Image.new("RGB", (4, 4), colour))


def test_the_same_picture_is_wholly_alike_and_its_opposite_not_at_all():
    assert compare(ComparesColours(), plain("red"), plain("red")) == 1.0
    assert compare(ComparesColours(), plain("white"), plain("black")) == 0.0


def test_similar_pictures_come_first():
    red, orange, blue = plain("red"), plain("orange"), plain("blue")

    assert find_similar(ComparesColours(), [blue, orange, red], plain("#ee0000")) == [
        red,
        orange,
        blue,
    ]


def test_pictures_alike_keep_their_order():
    first, second = plain("red"), plain("red")

    found = find_similar(ComparesColours(), [first, second], plain("red"))

    assert found[0] is first


def test_nothing_is_similar_among_no_pictures():
    assert find_similar(ComparesColours(), [], plain("red")) == []


@pytest.mark.real
def test_dinov2_knows_a_picture_again_when_it_is_cropped_turned_or_grey(
    load_model, photo, portrait
):
    model = load_model("compare/dinov2-small")
    variants = [
        Image(photo.pixels.crop((100, 0, 500, 400))),
        Image(photo.pixels.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)),
        Image(photo.pixels.convert("L")),
    ]

    assert [compare(model, photo, variant) > 0.85 for variant in variants] == [True] * 3
    assert compare(model, photo, portrait) < 0.25
    assert compare(model, photo, photo) == 1.0


@pytest.mark.real
def test_dinov2_finds_the_other_picture_of_the_cup(load_model, photo, portrait, sign):
    cup = Image(photo.pixels.crop((162, 16, 422, 295)))

    found = find_similar(load_model("compare/dinov2-small"), [sign, portrait, photo], like=cup)

    assert found[0] is photo
