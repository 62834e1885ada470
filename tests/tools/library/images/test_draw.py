from __future__ import annotations

from pathlib import Path

import pytest

from tools import BadArgument
from tools.adapters.diffusers.text_to_image import DiffusersPainter
from tools.library.images.draw import Painter, draw
from tools.sdk.call_context import CallContext, Progress, call_scope

SETTINGS = {"steps": "3", "guidance": "2.0", "side": "64"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny checkpoint with random weights, in the layout of diffusers."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, PRXPixelPipeline, PRXTransformer2DModel
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    torch.manual_seed(0)
    words = Tokenizer(
        models.WordLevel({"[PAD]": 0, "[UNK]": 1, "six": 2, "apples": 3, "cats": 4}, "[UNK]")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    transformer = PRXTransformer2DModel(
        in_channels=3,
        patch_size=8,
        context_in_dim=16,
        hidden_size=16,
        num_heads=1,
        depth=1,
        axes_dim=[8, 8],
    )
    for weight in transformer.parameters():  # a new one has gates that shut out the text
        torch.nn.init.normal_(weight, std=0.2)
    folder = tmp_path_factory.mktemp("checkpoint")
    PRXPixelPipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        text_encoder=T5EncoderModel(
            T5Config(vocab_size=5, d_model=16, d_kv=8, num_heads=2, d_ff=16, num_layers=1)
        ),
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]"
        ),
        default_sample_size=32,
        prompt_max_tokens=4,
    ).save_pretrained(folder)
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}


@pytest.fixture(scope="module")
def painter(files: dict[str, Path]) -> Painter:
    return DiffusersPainter.load(files, SETTINGS, "cpu")


def test_the_same_words_and_seed_give_the_same_bytes(painter: Painter) -> None:
    first = draw(painter, "six apples", seed=7)

    assert draw(painter, "six apples", seed=7).encode() == first.encode()
    assert draw(painter, "six apples", seed=8).encode() != first.encode()
    assert draw(painter, "six cats", seed=7).encode() != first.encode()


def test_a_picture_has_the_size_that_the_card_says(painter: Painter) -> None:
    picture = draw(painter, "six apples")

    assert (picture.width, picture.height) == (64, 64)


def test_each_step_is_told(painter: Painter) -> None:
    told: list[Progress] = []
    with call_scope(CallContext(report=told.append)):
        draw(painter, "six apples", seed=1)

    assert [progress.message for progress in told] == [
        "step 1 of 3",
        "step 2 of 3",
        "step 3 of 3",
    ]
    assert told[-1].fraction == 1.0


def test_stop_is_heard_within_a_step(painter: Painter, told_until_stopped) -> None:
    told = told_until_stopped(lambda: draw(painter, "six apples"))

    assert len(told) == 1


@pytest.mark.parametrize("prompt", ["", "  "])
def test_nothing_is_not_drawn(painter: Painter, prompt: str) -> None:
    with pytest.raises(BadArgument, match="nothing to draw"):
        draw(painter, prompt)
