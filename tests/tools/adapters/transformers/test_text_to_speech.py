from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_bark


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    """Bark, whose numbers of tokens are fixed, with one voice."""
    folder: Path = tmp_path_factory.mktemp("bark")
    write_bark(folder)
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
