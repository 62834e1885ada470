from pathlib import Path

import numpy as np
import pytest
import torch

from evals.world import make_sound
from tools.sprites.adapters.audio_labels import SoundLabels
from train.recipes.hear_recipe import (
    DEVIATION,
    LABELS,
    MEAN,
    HearRecipe,
    extractor,
    log_spectrograms,
)


@pytest.fixture(scope="module")
def recipe() -> HearRecipe:
    made = HearRecipe(seed=2)
    made.batch_size = 4
    return made


def test_many_sounds_at_once_are_heard_as_the_extractor_hears_one():
    samples = make_sound("train", 0, 2).samples

    ours = (log_spectrograms(samples[None])[0].numpy() - MEAN) / (2 * DEVIATION)

    theirs = extractor()(samples, sampling_rate=16_000)["input_values"][0]
    assert np.abs(ours - theirs).mean() < 0.01


def test_a_batch_says_what_is_true_of_each_sound(recipe: HearRecipe):
    batch, sound = recipe.batch(3), make_sound("train", 2, 12)

    assert batch.spectrograms.shape == (4, 198, 64)
    assert torch.equal(batch.labels, recipe.batch(3).labels)
    true = {LABELS[number] for number in batch.labels[0].nonzero()[:, 0].tolist()}
    assert sound.content.name in true


def test_some_steps_on_the_same_batch_make_it_better_known(recipe: HearRecipe):
    batch = recipe.batch(1_000)
    (optimizer,) = recipe.optimizers()
    recipe.network.train()
    losses: list[float] = []
    for _ in range(6):
        torch.manual_seed(0)
        loss = recipe.loss(batch)
        losses.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    assert losses[-1] < 0.9 * losses[0]


def test_what_ships_is_read_by_the_adapter(recipe: HearRecipe, tmp_path: Path):
    from tools import Audio

    recipe.network.eval()
    recipe.ship(tmp_path)
    files = {path.name: path for path in tmp_path.iterdir()}
    settings = {"window": "2", "step": "1", "network": "ResNetForImageClassification"}
    model = SoundLabels.load(files, settings, "cpu")
    sound = make_sound("train", 0, 2)

    sure = model.scores(Audio(sound.samples, 16_000))

    assert model.labels == LABELS
    assert sure.shape == (1, 56)
    heard = (log_spectrograms(sound.samples[None]) - MEAN) / (2 * DEVIATION)
    with torch.no_grad():
        wanted = recipe.network(heard[:, None]).logits.sigmoid()
    assert np.abs(sure - wanted.numpy()).max() < 0.02
    assert model.describe_sound(Audio(sound.samples, 16_000))
