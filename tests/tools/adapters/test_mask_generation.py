from pathlib import Path

import pytest
import transformers
from by_card import load

from tools import Box, Points


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SAM 2 in the layout it is published in, whose config calls it the network for films."""
    folder = tmp_path_factory.mktemp("sam2")
    looking = transformers.Sam2HieraDetConfig(
        hidden_size=8, image_size=[64, 64], window_positional_embedding_background_size=[4, 4],
        blocks_per_stage=[1] * 4, embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1] * 4, window_size_per_stage=[4] * 4,
        global_attention_blocks=[],
    )  # fmt: skip
    config = transformers.Sam2Config(
        vision_config=transformers.Sam2VisionConfig(
            backbone_config=looking, backbone_channel_list=[64, 32, 16, 8],
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]], fpn_hidden_size=16,
        ),
        prompt_encoder_config={
            "hidden_size": 16, "image_size": 64, "patch_size": 16, "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 16, "mlp_dim": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "attention_downsample_rate": 2, "iou_head_hidden_dim": 16,
        },
    )  # fmt: skip
    transformers.Sam2Model(config).save_pretrained(folder)
    transformers.Sam2Processor(
        transformers.Sam2ImageProcessor(
            size={"height": 64, "width": 64}, mask_size={"height": 16, "width": 16}
        )
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return load("segment/sam2.1-large", folder).model


PROMPTS = (Box(3, 4, 30, 40), Points(((5, 6), (20, 20))))


def test_each_box_and_each_set_of_points_gets_an_outline_of_the_pictures_size(model, noise):
    masks = model.outline(noise, PROMPTS)

    assert [mask.pixels.size for mask in masks] == [(96, 64), (96, 64)]


def test_two_prompts_together_are_as_each_alone(model, noise):
    together = model.outline(noise, PROMPTS)
    alone = [model.outline(noise, [prompt])[0] for prompt in PROMPTS]

    assert [mask.encode() for mask in together] == [mask.encode() for mask in alone]


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.outline(noise, PROMPTS))
