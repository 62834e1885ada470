import numpy as np
import pytest
import torch

from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import scenes
from tools.sprites.scene_sheet import from_sheet, to_sheet
from train.recipes.draw_recipe import LABELS, DrawRecipe
from train.recipes.scene_truth import scene_to_layers


class TinyDraw(DrawRecipe):
    width, depth, batch_size, studied = 64, 1, 16, 16

    def sentences(self):
        return ["draw six apples to the left of a dog", "two owls inside a red square"]


@pytest.fixture(scope="module")
def recipe() -> DrawRecipe:
    return TinyDraw(seed=1)


@pytest.mark.parametrize("kind", ["single", "count", "pair", "row", "inside"])
def test_a_scene_painted_from_its_layers_looks_as_the_world_painted_it(kind: str):
    found = next(scene for scene in scenes("train", 5, 64, "clear") if scene.content.kind == kind)

    layers = scene_to_layers(found, found.counts)

    painted = from_sheet(to_sheet(layers)).render(64).astype(int)
    assert np.abs(painted - found.pixels).mean() < 8


def test_groups_come_in_the_order_of_their_names_and_things_in_reading_order():
    found = next(
        scene
        for scene in scenes("train", 5, 64, "clear")
        if scene.content.kind == "pair" and set(scene.counts.values()) == {4, 3}
    )
    names = sorted(found.counts, key=lambda name: found.counts[name])

    layers = scene_to_layers(found, names)

    assert [len(group.objects) for group in layers.groups] == [3, 4]
    (first, *_, last) = (thing.pose for thing in layers.groups[1].objects)
    assert (first.y, first.x) < (last.y, last.x)


def test_labels_say_what_the_sentence_asks_for(recipe: DrawRecipe):
    found = recipe.reading(0, 300)

    for text, row in zip(found.texts, found.labels, strict=True):
        told = {LABELS[place] for place in torch.nonzero(row).flatten().tolist()}
        for turn, (name, count) in enumerate(read_sentence(text).counts.items(), start=1):
            assert {f"{turn}: {name}", f"{turn}: {count}"} <= told


def test_the_network_draws_while_it_learns(recipe: DrawRecipe):
    sheet = recipe.sheet_for("two dogs", seed=3)

    assert sheet.shape == (4, 32, 224)
    assert torch.equal(sheet, recipe.sheet_for("two dogs", seed=3))
    assert recipe.sheet().size == (512, 384)
