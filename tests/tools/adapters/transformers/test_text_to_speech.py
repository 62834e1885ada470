import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from transformers.models.bark import generation_configuration_bark as bark

from tests.tools.adapters.load_card import load, word_tokenizer

SMALL: dict[str, Any] = {"block_size": 400, "num_layers": 1, "num_heads": 1, "hidden_size": 8}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    """Bark, whose numbers of tokens are fixed, with one voice."""
    folder: Path = tmp_path_factory.mktemp("bark")
    hears = transformers.EncodecConfig(
        num_filters=4, hidden_size=8, codebook_dim=8, target_bandwidths=[6.0], num_lstm_layers=1
    )
    config = transformers.BarkConfig(
        semantic_config={**SMALL, "input_vocab_size": 129_700, "output_vocab_size": 10_100},
        coarse_acoustics_config={**SMALL, "input_vocab_size": 12_096, "output_vocab_size": 12_096},
        fine_acoustics_config={
            **SMALL, "input_vocab_size": 1056, "output_vocab_size": 1056, "n_codes_total": 8,
        },
        codec_config=hears.to_dict(),
    )  # fmt: skip
    transformers.BarkModel(config).save_pretrained(folder)
    told = {
        "semantic_config": bark.BarkSemanticGenerationConfig(max_new_tokens=4).to_dict(),
        "coarse_acoustics_config": bark.BarkCoarseGenerationConfig(
            max_coarse_history=20, sliding_window_len=10
        ).to_dict(),
        "fine_acoustics_config": bark.BarkFineGenerationConfig(
            max_fine_history_length=16, max_fine_input_length=32
        ).to_dict(),
        "sample_rate": 24_000,
        "codebook_size": 1024,
    }
    (folder / "generation_config.json").write_text(json.dumps(told, default=str))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer("[PAD]", "[UNK]", "hello", unknown="[UNK]"),
        unk_token="[UNK]", pad_token="[PAD]",
    )  # fmt: skip
    transformers.BarkProcessor(tokenizer).save_pretrained(folder)
    voices = folder / "speaker_embeddings" / "v2"
    voices.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for part, codes in (
        ("semantic", draw.integers(0, 10_000, 20)),
        ("coarse", draw.integers(0, 1024, (2, 30))),
        ("fine", draw.integers(0, 1024, (8, 30))),
    ):
        np.save(voices / f"en_speaker_6_{part}_prompt.npy", codes)
    # The repository that is published brings a pickle of plain tensors.
    weights = folder / "model.safetensors"
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    return load("speak/bark-english", folder).model


def test_a_text_becomes_the_same_sound_each_time(model):
    spoken = model.speak("hello")

    assert spoken.rate == 24_000
    assert spoken.seconds > 0
    assert model.speak("hello").encode() == spoken.encode()


def test_stop_is_heard(model, is_stopped):
    assert is_stopped(lambda: model.speak("hello"))
