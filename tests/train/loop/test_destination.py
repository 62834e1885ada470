"""A training writes below the home folder; only --into-package replaces what ships."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tools import Audio
from tools.errors import InputError
from tools.library.audio.classify_sound import classify_sound
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.models.residency.card_loader import open_model
from tools.models.routing import choose_models
from train.loop.destination import home_destination, package_destination
from train.loop.recipe import SHIPPED
from train.loop.training_loop import HISTORY
from train.recipes.hear_recipe import HearRecipe
from train.train_command import RECIPES
from train.train_command import train as batuta_train


class QuickHear(HearRecipe):
    """The listener in small batches, without the minute that its scores take."""

    batch_size = 2

    def score(self) -> Mapping[str, float]:
        return {"kind": 0.5}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(RECIPES, "hear", f"{__name__}:QuickHear")
    return tmp_path / "home"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the weights and cards that ship, in place of the real ones."""
    for folder in ("sprites/weights/hear", "models/cards"):
        shutil.copytree(SHIPPED.parents[1] / folder, tmp_path / "tools" / folder)
    monkeypatch.setattr("train.loop.recipe.SHIPPED", tmp_path / "tools" / "sprites" / "weights")
    return tmp_path / "tools"


def train_hear(*, resume: bool = False, into_package: bool = False) -> None:
    batuta_train(
        "hear", 0.0001, resume=resume, stage=0, shape="", seed=0, threads=1, workers=0,
        device="cpu", ship=True, into_package=into_package,
    )  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_training_writes_below_the_home_folder_and_says_how_to_use_it(
    home: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(package)

    train_hear()

    assert digests(package) == before
    assert (home / "trained" / "hear" / "model.safetensors").exists()
    shown = " ".join(capsys.readouterr().out.split())
    assert f"the weights are in {home}/trained/hear; use them in a plan as " in shown
    assert "classify_sound@sprites_trained(…)" in shown


def test_a_model_trained_at_home_can_be_chosen_beside_the_one_that_ships(
    home: Path, package: Path
) -> None:
    train_hear()
    catalogue = Catalogue.load(home)
    profile = Profile.load("offline", catalogue)
    sound = Audio(np.zeros(32_000, np.float32), 16_000)

    card = catalogue["classify_sound/sprites-trained"]
    (choice,) = choose_models(classify_sound, "sprites_trained", {"audio": sound}, profile, "")

    assert not catalogue.broken
    assert choice.model == card.id
    assert card.tools == catalogue["classify_sound/sprites"].tools
    assert card.quality_source == "trained on this machine; its scores are beside its weights"
    assert open_model(card).scores(sound).shape == (1, 56)
    # What ships stays the first choice.
    assert [card.id for card in profile.cards_for("classify_sound")] == [
        "classify_sound/yamnet",
        "classify_sound/sprites",
        "classify_sound/sprites-trained",
    ]


def test_a_training_goes_on_from_the_weights_at_home_or_else_from_those_that_ship(
    home: Path, package: Path
) -> None:
    recipe = QuickHear()
    assert home_destination(recipe, "hear", "", home, package / "sprites" / "weights").start == (
        package / "sprites" / "weights" / "hear"
    )

    train_hear(resume=True)

    assert (home / "trained" / "hear" / HISTORY).read_text() > ""
    assert home_destination(recipe, "hear", "", home, package / "sprites" / "weights").start == (
        home / "trained" / "hear"
    )


def test_into_package_replaces_the_weights_that_ship_and_their_card(
    home: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(package)

    train_hear(into_package=True)

    changed = {name for name, digest in digests(package).items() if before.get(name) != digest}
    # config.json holds the version of transformers that wrote it.
    assert changed - {"sprites/weights/hear/config.json"} == {
        "models/cards/classify_sound.toml",
        "sprites/weights/hear/README.md",
        "sprites/weights/hear/model.safetensors",
        "sprites/weights/hear/training.json",
    }
    assert not (home / "trained").exists()
    assert "they replace the weights that ship" in " ".join(capsys.readouterr().out.split())


def test_another_shape_does_not_go_into_the_package(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the shape 'full' of 'hear' does not ship\nhint: "):
        package_destination(QuickHear(), "hear", "full")


def test_a_package_that_cannot_be_written_is_told_before_the_training(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the weights that ship, in '.*/nowhere', cannot be"):
        package_destination(QuickHear(), "hear", "", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("model_id", "usage"),
    [
        ("joint/codes", "use them with: --llm joint:codes-trained"),
        (
            "draw/sprites",
            "use them in a plan as draw@sprites_trained(…), or name 'draw/sprites-trained' first "
            "for draw in a profile of your own",
        ),
    ],
)
def test_each_kind_of_model_is_told_how_it_is_used(
    model_id: str, usage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuickHear, "model_id", model_id)

    assert home_destination(QuickHear(), "any", "", tmp_path).usage() == usage
