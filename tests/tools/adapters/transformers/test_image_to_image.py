from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_swin2sr
from tools import Image


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("swin2sr")
    write_swin2sr(folder)
    return load("enlarge/swin2sr-x2", folder).model


def test_a_picture_of_any_size_becomes_twice_as_large(model, noise):
    larger = model.enlarge(noise)

    assert (larger.width, larger.height) == (192, 128)
    assert model.enlarge(noise).encode() == larger.encode()


def test_a_picture_of_several_tiles_is_put_together(model):
    pixels = np.zeros((9, 270, 3), np.uint8)
    pixels[:, 200:] = 200

    larger = model.enlarge(Image(PIL.Image.fromarray(pixels)))

    assert (larger.width, larger.height) == (540, 18)


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.enlarge(noise))
