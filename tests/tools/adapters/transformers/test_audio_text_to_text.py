from pathlib import Path
from typing import Any

import pytest
import transformers

from tests.tools.adapters.load_card import load, word_tokenizer

WORDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|audio_bos|>", "<|AUDIO|>",
         "<|audio_eos|>", "<unk>", "a", "dog", "barks")  # fmt: skip
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{% for c in m['content'] %}{% if c['type'] == 'audio' %}"
    "<|audio_bos|><|AUDIO|><|audio_eos|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>{% endfor %}<|im_start|>"
)
SMALL: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("qwen2-audio")
    config = transformers.Qwen2AudioConfig(
        audio_config={
            "model_type": "qwen2_audio_encoder", "d_model": 16, "encoder_layers": 1,
            "encoder_attention_heads": 2, "encoder_ffn_dim": 16,
        },
        text_config={
            **SMALL, "model_type": "qwen2", "vocab_size": len(WORDS), "hidden_size": 16,
            "intermediate_size": 16, "num_key_value_heads": 2,
        },
        audio_token_index=4,
    )  # fmt: skip
    network = transformers.Qwen2AudioForConditionalGeneration(config)
    network.generation_config.eos_token_id = 2
    network.generation_config.pad_token_id = 0
    network.save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*WORDS, unknown="<unk>"),
        unk_token="<unk>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
    )  # fmt: skip
    hears = transformers.WhisperFeatureExtractor(feature_size=128)
    transformers.Qwen2AudioProcessor(hears, tokenizer, chat_template=TEMPLATE).save_pretrained(
        folder
    )
    return load("describe_sound/qwen2-audio-7b", folder, longest="5").model


def test_a_sound_is_put_into_words_of_the_checkpoint(model, hiss):
    said = model.describe_sound(hiss)

    assert set(said.split()) <= {"<unk>", "a", "dog", "barks"}
    assert model.describe_sound(hiss) == said


def test_stop_is_heard(model, hiss, is_stopped):
    assert is_stopped(lambda: model.describe_sound(hiss))
