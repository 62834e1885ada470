"""The recipes of the makers of pictures, sounds and films, in a size that learns within a test."""

from pathlib import Path

import pytest
import torch

from tests.train.conftest import losses_on_one_batch
from train.loop.training_loop import Training, TrainingBudget, train
from train.recipes.draw_recipe import DrawRecipe
from train.recipes.film_recipe import FilmRecipe, film_to_layers
from train.recipes.flow_recipe import FlowRecipe
from train.recipes.sound_recipe import SoundRecipe


class TinyDraw(DrawRecipe):
    width, depth, batch_size, studied = 64, 1, 16, 16

    def sentences(self):
        return ["draw six apples to the left of a dog", "two owls inside a red square"]


class TinySound(SoundRecipe):
    width, depth, batch_size, studied = 64, 1, 16, 16

    def sentences(self):
        return ["a soft piano playing a rising scale", "three loud bells", "rain"]


class TinyFilm(FilmRecipe):
    width, depth, batch_size, studied = 64, 1, 16, 16

    def sentences(self):
        return ["a dog running to the left on a blue background", "an apple falling upwards"]


pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.slow]


@pytest.fixture(
    scope="module", params=[TinyDraw, TinySound, TinyFilm], ids=lambda recipe: recipe.name
)
def recipe(request) -> FlowRecipe:
    return request.param(seed=1)


def test_a_batch_is_decided_by_its_number(recipe: FlowRecipe):
    first, again, other = recipe.batch(5), recipe.batch(5), recipe.batch(6)

    assert torch.equal(first.values, again.values)
    assert torch.equal(first.text, again.text)
    assert not torch.equal(first.values, other.values)
    assert first.values.shape == (4, recipe.channels, recipe.rows, recipe.columns)
    assert -1 <= first.values.min() < first.values.max() <= 1
    assert first.labels.sum(dim=1).min() >= 2


def test_some_steps_on_the_same_batch_make_it_better_known(recipe: FlowRecipe):
    losses = losses_on_one_batch(recipe, steps=8)

    assert losses[-1] < 0.9 * losses[0]


def test_the_label_heads_of_an_earlier_checkpoint_are_found(recipe: FlowRecipe):
    weights = recipe.network.state_dict()
    earlier = {
        name.replace("sentence_head.", "asked.").replace("patch_head.", "shown."): value
        for name, value in weights.items()
    }

    assert "asked.weight" in earlier
    assert recipe.current_weight_names(earlier).keys() == weights.keys()


def test_what_ships_can_be_taken_up_again(recipe: FlowRecipe, tmp_path: Path):
    train(Training(recipe, tmp_path / "work"), TrainingBudget(steps=1))
    recipe.ship(tmp_path / "small")
    other = type(recipe)(seed=2)
    other.load_weights(tmp_path / "small")

    assert torch.equal(other.sheet_for("rain", seed=3), other.sheet_for("rain", seed=3))
    for part in ("transformer", "text_encoder"):
        ours, theirs = recipe.network[part].state_dict(), other.network[part].state_dict()
        assert all(torch.equal(value.half().float(), theirs[name]) for name, value in ours.items())
    assert (tmp_path / "small" / "things.txt").read_text().count("\n") == {
        "draw": 82, "sound": 32, "film": 80
    }[recipe.name]  # fmt: skip


def test_the_layers_of_a_film_are_where_its_things_are():
    from evals.world import make_film

    film = make_film("train", 0, 2)
    told = film_to_layers(film)

    pose = told.moving.poses[7]
    box = film.tracks[-1].boxes[7]
    assert pose and box
    assert 64 * pose.x == pytest.approx((box[0] + box[2]) / 2, abs=1)
    assert 64 * pose.y == pytest.approx((box[1] + box[3]) / 2, abs=1)
    assert 64 * pose.side == pytest.approx(max(box[2] - box[0], box[3] - box[1]), abs=2)
