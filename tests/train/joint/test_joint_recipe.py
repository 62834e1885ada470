from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

import train.joint.joint_recipe
from evals.world.dialogue.dialogues import make_dialogue
from tests.agent.joint.tiny import SHAPE
from tests.train.conftest import losses_on_one_batch
from tools.errors import InputError
from train.joint.generator_targets import FrozenGenerator, open_generator
from train.joint.joint_batches import IGNORED, make_batch
from train.joint.joint_recipe import (
    STAGES,
    DialogueRecipe,
    InputConnectorRecipe,
    JointRecipe,
    OutputConnectorRecipe,
)
from train.train_command import _find_recipe

pytestmark = pytest.mark.usefixtures("one_thread")
Make = Callable[..., JointRecipe[Any]]
OpenMaker = Callable[..., FrozenGenerator]


@pytest.fixture(scope="module")
def open_maker_once() -> OpenMaker:
    """Makers are not trained: all recipes can have the same."""
    return cache(open_generator)


@pytest.fixture
def tiny(
    tiny_language_model: Path, open_maker_once: OpenMaker, monkeypatch: pytest.MonkeyPatch
) -> Make:
    """Makes a recipe of that class, or of that stage, around a tiny language model."""
    monkeypatch.setattr(OutputConnectorRecipe, "sentences", 320)
    monkeypatch.setattr(train.joint.joint_recipe, "VOCABULARY_DIALOGUES", 300)
    monkeypatch.setattr(train.joint.joint_recipe, "open_generator", open_maker_once)
    files = {path.name: path for path in tiny_language_model.iterdir()}
    return lambda recipe, seed=0: STAGES.get(recipe, recipe)(
        seed, shape=SHAPE, language_model=files
    )


def test_batuta_speaks_only_where_it_answers_or_asks_for_a_medium(tiny: Make) -> None:
    recipe = tiny(DialogueRecipe)
    network = recipe.model.network
    size = len(network.word_embeddings)
    drawn, asked = make_dialogue("subtract", "train", 0, 1), make_dialogue("ask", "train", 0, 1)

    talks = make_batch([drawn, asked], recipe.model, recipe.generators)

    signals = network.signal_ids("image")
    words = len(recipe.model.tokenizer(drawn.exchanges[0].answer).input_ids)
    first = talks.labels[0][talks.labels[0] != IGNORED].tolist()
    assert first == [*talks.ids[0][talks.ids[0] != 1].tolist()[-4 - words : -4], size]
    assert talks.ids[0][talks.mask[0]].tolist()[-4:] == signals
    assert talks.ids[1][:16].tolist() == network.slots_of("image")
    ends = (talks.labels[1] == 1).sum()
    assert ends == len(asked.exchanges)
    assert talks.features["image"].shape == (1, 16, 133)
    assert talks.generator_targets["image"].vectors.shape == (1, 24, 128)


def test_an_earlier_drawing_is_asked_for_too_and_only_its_words_are_remembered(tiny: Make) -> None:
    recipe = tiny(DialogueRecipe)
    network = recipe.model.network
    dialogue = make_dialogue("next", "train", 0, 1)

    talks = make_batch([dialogue], recipe.model, recipe.generators)

    draw = len(network.word_embeddings) + list(network.shape.generators).index("image")
    assert (talks.labels == draw).sum() == 2
    assert (talks.ids == network.signal_ids("image")[0]).sum() == 1


def test_pictures_that_are_looked_for_are_told_from_those_to_be_made(tiny: Make) -> None:
    recipe = tiny(DialogueRecipe)
    dialogues = [make_dialogue(kind, "train", 0, 1) for kind in ("find", "sound", "draw")]

    talks = make_batch(dialogues, recipe.model, recipe.generators, recipe.retriever)

    assert talks.retrieval_target and talks.retrieval_target.retrieve.tolist() == [1, 0]
    assert talks.retrieval_target.vectors.shape == (2, 192)
    assert talks.generator_targets["audio"].outputs.shape == (1, 10, 8, 128)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_learns_from_a_batch(stage: int, tiny: Make) -> None:
    recipe = tiny(stage)

    losses = losses_on_one_batch(recipe, 8)

    assert losses[-1] < losses[0]


def test_each_stage_trains_its_own_parts(tiny: Make) -> None:
    learning = {
        stage: {
            name.split(".")[0]
            for name, weight in tiny(stage).network.named_parameters()
            if weight.requires_grad
        }
        for stage in STAGES
    }

    assert learning == {
        1: {"inputs"},
        2: {"outputs"},
        3: {"inputs", "outputs", "signals", "medium_head", "retrieval_head", "lora"},
    }


@pytest.mark.slow
def test_what_words_would_tell_is_what_is_learnt(tiny: Make) -> None:
    recipe = tiny(OutputConnectorRecipe)
    telling = recipe.batch(0)
    maker = recipe.generators[telling.medium]

    torch.manual_seed(0)
    by_words = maker.denoising_loss(
        telling.target.outputs, telling.target.vectors, telling.target.mask
    )
    torch.manual_seed(0)
    by_nothing = maker.denoising_loss(
        telling.target.outputs, torch.zeros_like(telling.target.vectors), telling.target.mask
    )

    assert by_words < by_nothing


def test_shipped_weights_are_taken_up_by_the_next_stage(tiny: Make, tmp_path: Path) -> None:
    first = tiny(InputConnectorRecipe, 1)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    first.ship(shipped)

    second = tiny(OutputConnectorRecipe, 2)
    second.load_weights(shipped)

    for name, value in first.network.state_dict().items():
        assert torch.equal(second.network.state_dict()[name], value.half().float()), name


def test_a_batch_is_decided_by_its_number(tiny: Make) -> None:
    one, other = (tiny(DialogueRecipe).batch(3) for _ in range(2))

    assert torch.equal(one.ids, other.ids)
    assert torch.equal(one.features["image"], other.features["image"])


def test_a_stage_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="'joint' has no stage 0; allowed: 1, 2, 3"):
        _find_recipe("joint", 0)
