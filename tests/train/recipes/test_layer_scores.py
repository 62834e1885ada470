"""The judge that reads the layers of a drawing."""

import numpy as np
import pytest

from evals.scoring.layer_scores import UNRECOGNISABLE, boxes_of, recognise, score_layers
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing
from tools.sprites.scene_sheet import LayeredScene
from train.recipes.scene_truth import scene_to_layers

SCENES = [make_scene("test", 9, number, level="clear") for number in range(40)]


def layers_of(scene: Scene) -> LayeredScene:
    return scene_to_layers(scene, [group.name for group in scene.content.groups])


@pytest.mark.parametrize("phrasing", ["seen", "unseen"])
def test_true_layers_are_correct_in_every_respect(phrasing: Phrasing) -> None:
    scores = [score_layers(scene, scene.speak(0, phrasing), layers_of(scene)) for scene in SCENES]

    assert all(score.everything for score in scores)
    assert any(score.relation for score in scores)
    assert any(score.attribute for score in scores)


def test_layers_of_another_scene_are_wrong() -> None:
    others = [*SCENES[1:], SCENES[0]]

    scores = [
        score_layers(scene, scene.caption, layers_of(other))
        for scene, other in zip(SCENES, others, strict=True)
    ]

    assert not any(score.everything for score in scores)


def test_a_missing_object_is_a_wrong_number() -> None:
    scene = next(scene for scene in SCENES if scene.content.kind == "count")
    layers = layers_of(scene)
    (group,) = layers.groups
    fewer = LayeredScene(layers.background, [type(group)(group.cut_out, group.objects[1:])])

    assert len(boxes_of(fewer)) == len(boxes_of(layers)) - 1
    assert not score_layers(scene, scene.caption, fewer).number


def test_another_background_is_a_wrong_attribute() -> None:
    scene = SCENES[0]
    layers = layers_of(scene)
    other = LayeredScene(np.full_like(layers.background, 0.5), layers.groups)
    request = f"{scene.caption.partition(' on a')[0]} on a pink background"

    assert score_layers(scene, request, other).attribute is False
    assert score_layers(scene, scene.caption.partition(" on a")[0], other).attribute is None


def test_noise_is_no_object() -> None:
    noise = np.random.default_rng(0).uniform(0, 1, (32, 32, 4)).astype(np.float32)

    assert recognise(noise) == (UNRECOGNISABLE, "")
