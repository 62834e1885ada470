from pathlib import Path

import pytest
import transformers

from tests.tools.adapters.load_card import load


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("dinov2")
    config = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, mlp_ratio=1,
        id2label={0: "tabby, tabby cat", 1: "dog", 2: "cup"},
    )  # fmt: skip
    transformers.Dinov2ForImageClassification(config).save_pretrained(folder)
    transformers.BitImageProcessor(
        size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}
    ).save_pretrained(folder)
    return load("recognise/dinov2-base", folder).model


def test_every_name_has_a_chance_the_likeliest_first(model, noise):
    guesses = model.predictions(noise)

    assert {guess.name for guess in guesses} == {"tabby", "dog", "cup"}
    assert sum(guess.probability for guess in guesses) == pytest.approx(1, abs=1e-5)
    assert guesses[0].probability == max(guess.probability for guess in guesses)
    assert model.predictions(noise) == guesses


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.predictions(noise))
