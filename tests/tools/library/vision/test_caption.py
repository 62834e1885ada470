import PIL.Image
import pytest

from tools import Box, Image
from tools.library.vision.caption import Captioner, caption


class Names(Captioner):
    def caption(self, image: Image) -> str:
        return f"a picture {image.width} pixels wide"


def test_the_sentence_is_the_models():
    assert caption(Names(), Image(PIL.Image.new("RGB", (7, 7)))) == "a picture 7 pixels wide"


def test_a_region_is_described_alone():
    blank = Image(PIL.Image.new("RGB", (7, 7)))

    assert caption(Names(), blank, Box(1, 1, 5, 5)) == "a picture 4 pixels wide"


@pytest.mark.real
def test_a_scene_is_described(load_model, scene):
    said = caption(load_model("caption/sprites"), scene)

    assert said == "a tree left of three apples on a purple background"
