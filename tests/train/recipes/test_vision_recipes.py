"""The recipes of the models that see: one step learns, and what ships reads back the same."""

from pathlib import Path

import pytest
import torch

from evals.world import make_scene
from tests.train.conftest import losses_on_one_batch
from tools.adapters.checkpoint_files import read_weights
from train.recipes.caption_recipe import CaptionRecipe
from train.recipes.clip_recipe import ClipRecipe
from train.recipes.detect_recipe import NAMES, DetectRecipe, cell_targets, detection_labels

RECIPES = [DetectRecipe, CaptionRecipe, ClipRecipe]


pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.slow]


@pytest.fixture(scope="module", params=RECIPES, ids=lambda recipe: recipe.name)
def recipe(request):
    made = request.param(seed=2)
    made.batch_size = 4
    return made


def test_the_same_step_sees_the_same_batch(recipe):
    first, again, other = recipe.batch(1_000), recipe.batch(1_000), recipe.batch(1_001)

    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.cells, again.cells)
    assert not torch.equal(first.pixels, other.pixels)


def test_some_steps_on_the_same_batch_make_it_better_known(recipe):
    losses = losses_on_one_batch(recipe, steps=4)

    assert losses[-1] < 0.9 * losses[0]


def test_what_ships_reads_back_and_trains_on(recipe, tmp_path: Path):
    recipe.ship(tmp_path)
    wanted = {name: value.half().float() for name, value in floats(recipe).items()}
    for weight in recipe.network.parameters():
        weight.data.zero_()

    recipe.load_weights(tmp_path)

    kept = floats(recipe)
    shipped = [name for name in wanted if not name.startswith("cells")]
    assert shipped and all(torch.equal(kept[name], wanted[name]) for name in shipped)
    weights = tmp_path / "model.safetensors"
    assert weights.stat().st_size < 10_000_000
    with pytest.raises(RuntimeError):
        read_weights(torch.nn.Linear(1, 1), weights)


def floats(recipe) -> dict[str, torch.Tensor]:
    state = recipe.network.state_dict()
    return {name: value.clone() for name, value in state.items() if value.is_floating_point()}


def test_the_cells_tell_what_is_in_front():
    scene = make_scene("train", 0, 3, level="clear")

    cells = cell_targets(scene)

    kinds = {NAMES[number] for number in set(cells.ravel().tolist()) - {len(NAMES)}}
    assert kinds == set(scene.counts)


def test_boxes_are_told_as_parts_of_the_picture():
    scene = make_scene("train", 0, 3)

    told = detection_labels(scene, torch.device("cpu"))

    assert [NAMES[number] for number in told["class_labels"]] == [t.name for t in scene.things]
    x, y, width, height = (told["boxes"][0] * 64).tolist()
    left, top, right, bottom = scene.things[0].box
    corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    assert corners == pytest.approx((left, top, right, bottom), abs=1e-4)
