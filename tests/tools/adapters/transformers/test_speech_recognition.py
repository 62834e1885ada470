from pathlib import Path

import numpy as np
import pytest
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from tests.tools.adapters.load_card import load
from tools import Audio

WORDS = ("a", "Ġdog", "Ġbarks")
SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>",
           "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
           "<|notimestamps|>")  # fmt: skip
TIMES = tuple(f"<|{number * 0.02:.2f}|>" for number in range(1501))
END, START = 3, 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    vocabulary = {word: number for number, word in enumerate((*WORDS, *SPECIAL, *TIMES))}
    config = transformers.WhisperConfig(
        vocab_size=len(vocabulary), encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, d_model=16, encoder_ffn_dim=16, decoder_ffn_dim=16,
        max_target_positions=16, pad_token_id=END, bos_token_id=END, eos_token_id=END,
        decoder_start_token_id=START,
    )  # fmt: skip
    network = transformers.WhisperForConditionalGeneration(config)
    told = network.generation_config
    told.update(
        is_multilingual=True, lang_to_id={"<|en|>": 5, "<|de|>": 6}, max_length=7,
        task_to_id={"translate": 7, "transcribe": 8}, no_timestamps_token_id=12,
        prev_sot_token_id=10, begin_suppress_tokens=[END], suppress_tokens=[],
    )  # fmt: skip
    for name, value in {
        "is_multilingual": True, "lang_to_id": {"<|en|>": 5, "<|de|>": 6},
        "task_to_id": {"translate": 7, "transcribe": 8}, "no_timestamps_token_id": 12,
        "prev_sot_token_id": 10,
    }.items():  # fmt: skip
        setattr(told, name, value)
    told._from_model_config = False
    network.save_pretrained(folder)
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.add_tokens(list(TIMES))
    transformers.WhisperProcessor(
        transformers.WhisperFeatureExtractor(),
        transformers.WhisperTokenizerFast(
            tokenizer_object=tokenizer, unk_token=SPECIAL[0], bos_token=SPECIAL[0],
            eos_token=SPECIAL[0], pad_token=SPECIAL[0],
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return load("transcribe/whisper-small", folder).model


def test_a_sound_becomes_words_of_the_checkpoint_the_same_each_time(model, hiss):
    heard = model.transcribe(hiss)

    assert set(heard.split()) <= {"a", "dog", "barks", "adog", "abarks", "aa"}
    assert model.transcribe(hiss) == heard


def test_a_sound_longer_than_a_window_is_heard_to_its_end(model):
    long = Audio(np.random.default_rng(0).normal(0, 0.1, 31 * 16_000), 16_000)

    assert isinstance(model.transcribe(long), str)


def test_a_language_can_be_fixed(folder, hiss):
    assert isinstance(
        load("transcribe/whisper-small", folder, language="de").model.transcribe(hiss), str
    )


def test_stop_is_heard(model, hiss, is_stopped):
    assert is_stopped(lambda: model.transcribe(hiss))
