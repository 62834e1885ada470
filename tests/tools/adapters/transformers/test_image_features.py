from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_dinov2


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("dinov2")
    write_dinov2(folder)
    return load("compare/dinov2-base", folder).model


def test_each_picture_is_a_row_of_length_one(model, noise):
    rows = model.vectors([noise] * 3)

    assert rows.shape == (3, 16)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_two_pictures_together_are_as_each_alone(model, noise):
    turned = noise.map(lambda pixels: pixels.rotate(90))

    both = model.vectors([noise, turned])

    assert np.allclose(both[0], model.vectors([noise])[0], atol=1e-5)
    assert np.allclose(both[1], model.vectors([turned])[0], atol=1e-5)


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.vectors([noise]))
