from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from agent.joint.joint_model import JointModel
from evals.world.dialogue.dialogues import make_dialogue
from tests.agent.joint.tiny import CODES_SHAPE, SHAPE, begin
from tests.train.conftest import losses_on_one_batch
from train.joint.code_recipe import CodeRecipe
from train.joint.joint_batches import IGNORED

pytestmark = pytest.mark.usefixtures("one_thread")
Make = Callable[[int], CodeRecipe]


@pytest.fixture(scope="module")
def earlier(tiny_language_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of a tiny model of Architecture II."""
    mind = begin(JointModel, SHAPE, tiny_language_model)
    path = tmp_path_factory.mktemp("earlier") / "earlier.safetensors"
    save_file(mind.network.trained.state_dict(), path)
    return path


@pytest.fixture
def tiny(tiny_language_model: Path, earlier: Path) -> Make:
    files = {path.name: path for path in tiny_language_model.iterdir()}
    return lambda seed: CodeRecipe(
        seed, shape=CODES_SHAPE, language_model=files, base_weights=earlier
    )


def test_it_begins_with_what_architecture_ii_has_learnt(tiny: Make, earlier: Path) -> None:
    from safetensors.torch import load_file

    known = load_file(earlier)

    weights = tiny(3).network.state_dict()

    assert torch.equal(weights["inputs.image.norm.weight"], known["inputs.image.norm.weight"])
    shared = [name for name in known if name.startswith("lora")]
    assert shared
    assert all(torch.equal(weights[name], known[name]) for name in shared)


def test_a_picture_follows_the_words_as_codes(tiny: Make) -> None:
    recipe = tiny(0)
    network = recipe.model.network
    dialogue = make_dialogue("subtract", "train", 0, 1)

    talks = recipe.batch_of([dialogue])

    (row,) = talks.ids.tolist()
    signal = row.index(*network.signal_ids("image"))
    codes = [id - network.first_code for id in row[signal + 1 :]]
    scene = network.codebook.decode(codes)
    assert dialogue.exchanges[-1].answer == "five burgers"
    assert [len(group.objects) for group in scene.groups] == [5]
    assert talks.labels[0, signal - 1] == len(network.word_embeddings)
    assert set(talks.labels[0, signal:].tolist()) == {IGNORED}


def test_a_film_is_answered_in_words(tiny: Make) -> None:
    recipe = tiny(0)

    talks = recipe.batch_of([make_dialogue("film", "train", 0, 1)])

    assert int(talks.ids.max()) < len(recipe.model.network.word_embeddings)
    assert talks.labels[0][talks.labels[0] != IGNORED].tolist()[-1] == 1


@pytest.mark.slow
def test_it_learns_from_a_batch(tiny: Make) -> None:
    recipe = tiny(0)

    losses = losses_on_one_batch(recipe, 8)

    assert losses[-1] < losses[0]
