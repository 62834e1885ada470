from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_qwen2_audio


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("qwen2-audio")
    write_qwen2_audio(folder)
    return load("describe_sound/qwen2-audio-7b", folder, longest="5").model


def test_a_sound_is_put_into_words_of_the_checkpoint(model, hiss):
    said = model.describe_sound(hiss)

    assert set(said.split()) <= {"<unk>", "a", "dog", "barks"}
    assert model.describe_sound(hiss) == said


def test_stop_is_heard(model, hiss, is_stopped):
    assert is_stopped(lambda: model.describe_sound(hiss))
