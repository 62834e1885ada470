from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_whisper
from tools import Audio


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    write_whisper(folder)
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
