from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from agent.joint.joint_model import JointMind
from evals.world.dialogue.dialogues import make_dialogue
from tests.agent.joint.tiny import CODES_SHAPE, SHAPE, begin
from tests.train.conftest import losses_on_one_batch
from train.joint.code_recipe import Coding
from train.joint.joint_batches import IGNORED

pytestmark = pytest.mark.usefixtures("one_thread")
Make = Callable[[int], Coding]


@pytest.fixture(scope="module")
def earlier(tiny_language_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of a tiny model of Architecture II."""
    mind = begin(JointMind, SHAPE, tiny_language_model)
    path = tmp_path_factory.mktemp("earlier") / "earlier.safetensors"
    save_file(mind.network.trained.state_dict(), path)
    return path


@pytest.fixture
def tiny(tiny_language_model: Path, earlier: Path) -> Make:
    files = {path.name: path for path in tiny_language_model.iterdir()}
    return lambda seed: Coding(seed, shape=CODES_SHAPE, language_model=files, earlier=earlier)


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
    network = recipe.mind.network
    dialogue = make_dialogue("subtract", "train", 0, 1)

    talks = recipe.talks_of([dialogue])

    (row,) = talks.ids.tolist()
    signal = row.index(*network.signals_of("image"))
    codes = [id - network.first_code for id in row[signal + 1 :]]
    scene = network.codebook.decode(codes)
    assert dialogue.exchanges[-1].answer == "five burgers"
    assert [len(group.objects) for group in scene.groups] == [5]
    assert talks.targets[0, signal - 1] == len(network.words)
    assert set(talks.targets[0, signal:].tolist()) == {IGNORED}


def test_a_film_is_answered_in_words(tiny: Make) -> None:
    recipe = tiny(0)

    talks = recipe.talks_of([make_dialogue("film", "train", 0, 1)])

    assert int(talks.ids.max()) < len(recipe.mind.network.words)
    assert talks.targets[0][talks.targets[0] != IGNORED].tolist()[-1] == 1


@pytest.mark.slow
def test_it_learns_from_a_batch(tiny: Make) -> None:
    recipe = tiny(0)

    losses = losses_on_one_batch(recipe, 8)

    assert losses[-1] < losses[0]
