from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from safetensors.torch import save_model
from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig

from tools import Image
from tools.adapters.transformers.rt_detr import RtDetr

KINDS = ("apple", "dog", "house")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> dict[str, Path]:
    torch.manual_seed(0)
    backbone = RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic",
        out_features=["stage2"],
    )  # fmt: skip
    config = RTDetrConfig(
        backbone_config=backbone, freeze_backbone_batch_norms=False, encoder_in_channels=[16],
        feat_strides=[8], encode_proj_layers=[0], encoder_hidden_dim=16, encoder_ffn_dim=16,
        encoder_attention_heads=2, d_model=16, decoder_in_channels=[16], num_feature_levels=1,
        decoder_layers=2, decoder_ffn_dim=16, decoder_attention_heads=2, num_queries=6,
        num_denoising=0, id2label=dict(enumerate(KINDS)),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("detector")
    network = RTDetrForObjectDetection(config).eval()
    network.config.to_json_file(folder / "config.json")
    save_model(network, str(folder / "model.safetensors"))
    return {path.name: path for path in folder.iterdir()}


def noise(width: int, height: int) -> Image:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return Image(PIL.Image.fromarray(pixels))


def test_it_names_the_kinds_of_its_checkpoint(checkpoint):
    assert RtDetr.load(checkpoint, {"size": "64"}, "cpu").labels == KINDS


def test_boxes_lie_inside_the_picture_best_first(checkpoint):
    model = RtDetr.load(checkpoint, {"size": "64", "score": "0"}, "cpu")

    found = model.find(noise(200, 50))

    assert len(found) == 6
    assert [box.score for box in found] == sorted((box.score for box in found), reverse=True)
    for box in found:
        assert 0 <= box.left < box.right <= 200
        assert 0 <= box.top < box.bottom <= 50
        assert box.label in KINDS


def test_only_boxes_it_is_sure_of_are_told(checkpoint):
    every = RtDetr.load(checkpoint, {"size": "64", "score": "0"}, "cpu").find(noise(64, 64))
    least = sorted(box.score for box in every)[3]

    sure = RtDetr.load(checkpoint, {"size": "64", "score": str(least)}, "cpu").find(noise(64, 64))

    assert sure.items == every.items[:3]


def test_weights_of_another_network_are_refused(checkpoint, tmp_path):
    changed = tmp_path / "config.json"
    text = checkpoint["config.json"].read_text()
    changed.write_text(text.replace('"decoder_ffn_dim": 16', '"decoder_ffn_dim": 24'))

    with pytest.raises(RuntimeError, match="size mismatch"):
        RtDetr.load({**checkpoint, "config.json": changed}, {}, "cpu")
