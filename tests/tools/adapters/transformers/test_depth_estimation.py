from pathlib import Path

import numpy as np
import pytest
import transformers

from tests.tools.adapters.load_card import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("depth-anything")
    backbone = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=28, mlp_ratio=1,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
    )  # fmt: skip
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=8, head_hidden_size=4,
    )  # fmt: skip
    network = transformers.DepthAnythingForDepthEstimation(config)
    for weight in network.parameters():  # a new one sees the same everywhere
        weight.data.normal_(std=0.3)
    network.save_pretrained(folder)
    transformers.DPTImageProcessor(
        size={"height": 28, "width": 28}, keep_aspect_ratio=True, ensure_multiple_of=14
    ).save_pretrained(folder)
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
