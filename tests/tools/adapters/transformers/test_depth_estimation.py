from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_depth_anything


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("depth-anything")
    write_depth_anything(folder)
    return folder


def test_nearness_is_grey_from_black_to_white_in_the_pictures_size(folder, noise):
    near = load("depth/depth-anything-v2-small", folder).model.inverse_depth(noise).array()

    assert near.shape == (64, 96, 3)
    assert (near.min(), near.max()) == (0, 255)
    assert (near[..., 0] == near[..., 2]).all()


def test_a_network_that_tells_distances_is_turned_round(folder, noise):
    near = load("depth/depth-anything-v2-small", folder).model.inverse_depth(noise).array()
    far = load("depth/depth-anything-v2-small", folder, tells="distance").model

    assert np.abs(255 - near.astype(int) - far.inverse_depth(noise).array()).max() <= 1


def test_stop_is_heard(folder, noise, is_stopped):
    model = load("depth/depth-anything-v2-small", folder).model

    assert is_stopped(lambda: model.inverse_depth(noise))
