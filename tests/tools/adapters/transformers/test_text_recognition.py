from pathlib import Path

import pytest
import torch
import transformers

from tests.tools.adapters.load_card import load
from tools.library.text.read_text import read_text

LETTERS = ["", "a", "b", "c", " "]
RATIOS = ("longratio", "midratio", "shortratio")
LOOKS = (
    "reduce_channel",
    "return_channel",
    *(f"vertical_long_to_small_conv_{ratio}" for ratio in RATIOS),
    *(f"horizontal_small_to_long_conv_{ratio}" for ratio in RATIOS),
    *(f"symmetric_conv_long_{ratio}" for ratio in RATIOS),
)


def backbone(*strides: int | list[int]) -> transformers.PPLCNetV4Config:
    blocks = [[[3, 8, 8, stride, False]] for stride in strides]
    return transformers.PPLCNetV4Config(
        block_configs=blocks, stem_channels=[3, 4, 8],
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A network that always reads something, and one that takes every picture for one line."""
    reads, finds = tmp_path_factory.mktemp("rec"), tmp_path_factory.mktemp("det")
    torch.manual_seed(0)
    reader = transformers.PPOCRV6SmallRecForTextRecognition(
        transformers.PPOCRV6SmallRecConfig(
            backbone_config=backbone(1, 1, [2, 1], [2, 1]), hidden_size=8, depth=1,
            num_attention_heads=2, head_out_channels=len(LETTERS),
        )
    )  # fmt: skip
    torch.nn.init.normal_(reader.head.head.weight)
    torch.nn.init.constant_(reader.head.head.bias[:1], -100)
    reader.save_pretrained(reads)
    transformers.PPOCRV6SmallRecImageProcessor(character_list=LETTERS).save_pretrained(reads)
    finder = transformers.PPOCRV6MediumDetForObjectDetection(
        transformers.PPOCRV6MediumDetConfig(
            backbone_config=backbone(1, 2, 2, 2), neck_out_channels=16, kernel_list=[3, 2, 2],
            scale_factor_list=[1, 2, 4, 8],
            intraclass_block_config={look: [1, 1, 0] for look in LOOKS},
        )
    )  # fmt: skip
    torch.nn.init.zeros_(finder.head.conv_final.weight)
    torch.nn.init.constant_(finder.head.conv_final.bias, 5)
    finder.save_pretrained(finds)
    transformers.PPOCRV5ServerDetImageProcessor().save_pretrained(finds)
    return reads, finds


@pytest.fixture(scope="module")
def model(folders):
    return load("read_text/pp-ocr-v6-medium", *folders, score="0").model


def test_a_line_is_read_where_it_is(model, noise):
    (line,) = model.read(noise)

    assert (line.left, line.top, line.right, line.bottom) == (0, 0, 96, 64)
    assert 0 < line.score <= 1
    assert line.label
    assert set(line.label) <= set("abc ")
    assert read_text(model, noise) == line.label
    assert model.read(noise).items == (line,)


def test_what_is_read_unsurely_is_left_out(folders, noise):
    unsure = load("read_text/pp-ocr-v6-medium", *folders, score="1.1").model

    assert read_text(unsure, noise) == ""


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.read(noise))
