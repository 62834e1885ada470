from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers

from tests.tools.adapters.load_card import load, word_tokenizer
from tools import Video

WORDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
         "<|image_pad|>", "<|video_pad|>", "<unk>", "a", "dog", "cup", "table")  # fmt: skip
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>{% endfor %}<|im_start|>"
)
SIZES: dict[str, Any] = {
    "vocab_size": len(WORDS), "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
    "num_attention_heads": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen3-vl")
    config = transformers.Qwen3VLConfig(
        text_config=SIZES | {
            "num_key_value_heads": 1, "head_dim": 16,
            "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3],
                                "mrope_interleaved": True, "rope_theta": 10000.0},
        },
        vision_config={
            "depth": 1, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2,
            "patch_size": 8, "out_hidden_size": 32, "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=5, video_token_id=6, vision_start_token_id=3, vision_end_token_id=4,
    )  # fmt: skip
    network = transformers.Qwen3VLForConditionalGeneration(config)
    network.generation_config.eos_token_id = 2
    network.generation_config.pad_token_id = 0
    network.save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*WORDS, unknown="<unk>"),
        unk_token="<unk>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
    )  # fmt: skip
    tokenizer.image_token, tokenizer.video_token = WORDS[5:7]
    tokenizer.vision_start_token, tokenizer.vision_end_token = WORDS[3:5]
    transformers.Qwen3VLProcessor(
        transformers.Qwen2VLImageProcessor(patch_size=8, min_pixels=256, max_pixels=4096),
        tokenizer,
        transformers.Qwen3VLVideoProcessor(patch_size=8),
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blip2")
    words = ("<pad>", "</s>", "<unk>", "<image>", "a", "dog", "photo", "of", "Answer")
    seeing = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }  # fmt: skip
    config = transformers.Blip2Config(
        vision_config={**seeing, "image_size": 32, "patch_size": 8},
        qformer_config={**seeing, "vocab_size": 9, "encoder_hidden_size": 16,
                        "cross_attention_frequency": 1},
        text_config={
            "model_type": "opt", "vocab_size": 9, "hidden_size": 16, "ffn_dim": 16,
            "num_hidden_layers": 1, "num_attention_heads": 2, "word_embed_proj_dim": 16,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1,
            "max_position_embeddings": 64,
        },
        num_query_tokens=4, image_token_index=3,
    )  # fmt: skip
    transformers.Blip2ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="<unk>"), unk_token="<unk>",
        bos_token="</s>", eos_token="</s>", pad_token="<pad>",
    )  # fmt: skip
    transformers.Blip2Processor(
        transformers.BlipImageProcessor(size={"height": 32, "width": 32}),
        tokenizer,
        num_query_tokens=4,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(qwen):
    return load("see/qwen3-vl-2b", qwen, longest="6").model


def test_a_caption_is_words_of_the_checkpoint_and_the_same_each_time(model, noise):
    said = model.caption(noise)

    assert said
    assert set(said.split()) <= set(WORDS[7:])
    assert model.caption(noise) == said


def test_pictures_and_pages_are_asked_as_the_card_says(model, noise):
    assert isinstance(model.answer(noise, "a dog?"), str)
    assert isinstance(model.answer_document(noise, "a cup?"), str)


def test_a_film_is_seen_as_pictures_with_their_times(model):
    frames = (np.full((32, 48, 3), level, np.uint8) for level in range(0, 240, 20))

    assert isinstance(model.answer_video(Video.of_frames(frames, 8), "a dog?"), str)


def test_stop_is_heard_before_the_first_word(model, noise, is_stopped):
    assert is_stopped(lambda: model.caption(noise))


def test_the_classic_without_a_chat_template_is_loaded_by_the_same_adapter(blip2, noise):
    model = load("see/blip2-opt-2.7b", blip2, longest="5").model

    assert model.caption(noise) == model.caption(noise)
    assert "Question" not in model.answer(noise, "a dog?")
