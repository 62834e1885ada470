from pathlib import Path
from threading import Event

import PIL.Image
import pytest
import torch
from safetensors.torch import save_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    GPT2Config,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
)

from tools import Image
from tools.adapters.transformers.vision_encoder_decoder import VisionEncoderDecoder
from tools.errors import Cancelled
from tools.sdk.call_context import CallContext, call_scope

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "dog", "how", "many", "two")
SETTINGS = {
    "size": "32",
    "mean": "0",
    "deviation": "1",
    "caption": "[CLS][SEP]",
    "question": "[CLS]{question}[SEP]",
}
BLANK = Image(PIL.Image.new("RGB", (40, 20), "orange"))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> dict[str, Path]:
    torch.manual_seed(0)
    seeing = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        image_size=32, patch_size=8,
    )  # fmt: skip
    writing = GPT2Config(
        vocab_size=len(WORDS), n_positions=24, n_embd=16, n_layer=1, n_head=2,
        bos_token_id=2, eos_token_id=3, pad_token_id=0, is_decoder=True, add_cross_attention=True,
    )  # fmt: skip
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(seeing, writing)
    config.decoder_start_token_id, config.eos_token_id, config.pad_token_id = 2, 3, 0
    folder = tmp_path_factory.mktemp("captioner")
    network = VisionEncoderDecoderModel(config).eval()
    network.config.to_json_file(folder / "config.json")
    save_model(network, str(folder / "model.safetensors"))
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(list(WORDS[:4]))
    tokenizer.save(str(folder / "tokenizer.json"))
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def model(checkpoint) -> VisionEncoderDecoder:
    return VisionEncoderDecoder.load(checkpoint, SETTINGS, "cpu")


def test_the_same_picture_gets_the_same_caption(model):
    said = model.caption(BLANK)

    assert model.caption(BLANK) == said
    assert set(said.split()) <= set(WORDS[4:])


def test_a_question_longer_than_the_decoder_can_look_back_on_is_answered_all_the_same(model):
    answer = model.answer(BLANK, "how many " * 50)

    assert set(answer.split()) <= set(WORDS[4:])


def test_stop_is_heard_before_the_next_word(model):
    stop = Event()
    stop.set()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        model.caption(BLANK)
