from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_dinov2_classifier


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("dinov2")
    write_dinov2_classifier(folder)
    return load("recognise/dinov2-base", folder).model


def test_every_name_has_a_chance_the_likeliest_first(model, noise):
    guesses = model.predictions(noise)

    assert {guess.name for guess in guesses} == {"tabby", "dog", "cup"}
    assert sum(guess.probability for guess in guesses) == pytest.approx(1, abs=1e-5)
    assert guesses[0].probability == max(guess.probability for guess in guesses)
    assert model.predictions(noise) == guesses


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.predictions(noise))
