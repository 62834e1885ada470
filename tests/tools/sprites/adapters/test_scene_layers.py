"""Pictures composed of layers that are known beforehand."""

import numpy as np
import pytest
import torch

from tests.tools.sprites.adapters.known_sheets import KnownSheets
from tools import BadArgument
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.images.draw import draw
from tools.sdk.call_context import CallContext, Progress, call_scope
from tools.sprites.adapters.scene_layers import SceneLayers
from tools.sprites.posed_layers import LayerPose
from tools.sprites.scene_sheet import LayeredScene, LayerGroup, PlacedObject, to_sheet

SETTINGS = {"rows": "32", "columns": "224", "steps": "2", "side": "128"}
THINGS = "apple, apples\ncat, cats, kitten\n"


def sheet_of(prompt: str, chance: torch.Generator) -> torch.Tensor:
    """One red square, somewhere on the left; two if the prompt says so."""
    ground = np.zeros((32, 32, 3), np.float32)
    red = np.ones((32, 32, 4), np.float32) * np.array([1, 0, 0, 1], np.float32)
    y = float(torch.rand(1, generator=chance))
    places = [LayerPose(0.2, y, 0.2), LayerPose(0.8, 0.5, 0.2)][: 2 if "two" in prompt else 1]
    things = [PlacedObject(place, False) for place in places]
    return torch.from_numpy(to_sheet(LayeredScene(ground, [LayerGroup(red, things)])))


@pytest.fixture(scope="module")
def painter() -> SceneLayers:
    return SceneLayers(Pipeline(KnownSheets(sheet_of), SETTINGS), SETTINGS, THINGS)


def test_a_picture_is_composed_in_the_size_that_the_card_says(painter: SceneLayers):
    one = draw(painter, "an apple").array().astype(int)
    two = draw(painter, "two apples").array().astype(int)

    assert one.shape[:2] == (128, 128)
    assert (one[64, 102, :3] == (0, 0, 0)).all()
    assert np.abs(two[64, 102, :3] - (255, 0, 0)).max() < 5


def test_the_same_words_and_seed_give_the_same_bytes(painter: SceneLayers):
    first = draw(painter, "a cat", seed=7).encode()

    assert draw(painter, "a cat", seed=7).encode() == first
    assert draw(painter, "a cat", seed=8).encode() != first


def test_each_step_is_told_with_the_picture_so_far(painter: SceneLayers):
    told: list[Progress] = []
    with call_scope(CallContext(report=told.append)):
        picture = draw(painter, "a cat", seed=1)

    assert [progress.message for progress in told] == ["step 1 of 2", "step 2 of 2"]
    assert told[-1].preview is not None
    assert told[-1].preview.encode() == picture.encode()


def test_stop_is_heard_within_a_step(painter: SceneLayers, told_until_stopped):
    told = told_until_stopped(lambda: draw(painter, "six apples"))

    assert len(told) == 1


def test_what_a_small_world_does_not_hold_is_refused_with_what_it_does(painter: SceneLayers):
    with pytest.raises(BadArgument) as caught:
        draw(painter, "a portrait of a queen, with applesauce")

    assert str(caught.value) == (
        "the painter knows none of the things in 'a portrait of a queen, with applesauce'; "
        "it knows: apple, cat\nhint: ask for one of these instead"
    )


def test_other_names_of_a_thing_are_known_too(painter: SceneLayers):
    assert draw(painter, "A KITTEN!").width == 128
