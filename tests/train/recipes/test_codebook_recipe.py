from pathlib import Path

import pytest
import torch

import train.recipes.codebook_recipe
from agent.joint.network.codebook import BOOKS
from evals.world.images.scenes import make_scene
from tests.train.conftest import losses_on_one_batch
from train.recipes.codebook_recipe import CodebookRecipe, layers_by_caption

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> CodebookRecipe:
    monkeypatch.setattr(train.recipes.codebook_recipe, "TRAINING_SCENES", 60)
    monkeypatch.setattr(CodebookRecipe, "sizes", {"corner": 8, "look": 30, "place": 16, "size": 6})
    return CodebookRecipe(0)


def test_vectors_come_nearer_to_what_they_stand_for(recipe: CodebookRecipe) -> None:
    losses = losses_on_one_batch(recipe, 8)

    assert losses[-1] < losses[0]


def test_a_scene_that_was_learnt_from_is_told_nearly_as_it_is(recipe: CodebookRecipe) -> None:
    told = layers_by_caption(make_scene("train", 0, 1, 64, "clear"))
    with torch.no_grad():
        codebook = recipe.codebook()

    read = codebook.decode(codebook.encode(told))

    assert [len(group.objects) for group in read.groups] == [len(g.objects) for g in told.groups]
    pairs = zip(told.groups[0].objects, read.groups[0].objects, strict=True)
    for before, after in pairs:
        assert after.flipped == before.flipped
        assert after.pose == pytest.approx(before.pose, abs=0.15)
    assert abs(read.background - told.background).max() < 0.02


def test_shipped_books_are_taken_up_again(recipe: CodebookRecipe, tmp_path: Path) -> None:
    recipe.ship(tmp_path)
    other = CodebookRecipe(1)

    other.load_weights(tmp_path)

    for name in BOOKS:
        kept = recipe.network.get_parameter(name).half().float()
        assert torch.equal(other.network.get_parameter(name), kept)
