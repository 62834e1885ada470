"""What a load counts, and what its failures become."""

import sys
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from tools.errors import OutOfMemory, ToolError
from tools.models.catalogue import Catalogue
from tools.models.load_variant import LoadVariant
from tools.models.profile import Profile
from tools.models.residency.card_loader import CardLoader
from tools.models.residency.loader import MemoryEstimate
from tools.models.weight_uri import parse_folder

CATALOGUE = Catalogue.load(Path("/nowhere"))
MODELS = """
from tools import Model

class OutOfMemoryError(RuntimeError):
    "Named as torch names its own."

class Kept(Model):
    @classmethod
    def load(cls, files, settings, device):
        model = cls()
        model.settings = settings
        model.files = files
        return model

class TooLarge(Model):
    @classmethod
    def load(cls, files, settings, device):
        raise OutOfMemoryError("CUDA out of memory")

class Broken(Model):
    @classmethod
    def load(cls, files, settings, device):
        raise KeyError("weight")
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "loader_models", raising=False)
    (tmp_path / "loader_models.py").write_text(MODELS)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text("{}")
    return tmp_path


def loader(home: Path, adapter: str, form: LoadVariant) -> CardLoader:
    card = CATALOGUE["depth/depth-anything-v2-small"]
    folder = replace(card.repositories[0], sources=(parse_folder(f"file:{home}/tiny"),))
    folder = replace(folder, weights_folder=home / "weights")
    card = replace(
        card,
        id="test/it",
        adapter=f"loader_models:{adapter}",
        repositories=(folder,),
        variants=(form,),
        weights_folder=home / "weights",
    )
    return CardLoader(
        replace(
            Profile.load("gpu-8gb", CATALOGUE),
            models={},
            catalogue=Catalogue([card], home),
        )
    )


def test_the_adapter_is_told_the_form_and_the_estimate_is_the_forms(home: Path) -> None:
    it = loader(home, "Kept", LoadVariant("bfloat16", 2000, "group"))

    loaded = it.load("test/it", "cpu")

    assert loaded.model.settings == {"dtype": "bfloat16", "offload": "group"}
    assert list(loaded.model.files) == ["config.json"]
    assert it.estimate("test/it", "cpu") == MemoryEstimate(2000, dtype="bfloat16-group")


def test_files_that_were_fetched_are_not_checked_again_to_be_loaded(home: Path) -> None:
    it = loader(home, "Kept", LoadVariant("float32", 5000))
    card = it._card("test/it")
    it.fetch(card, lambda progress: None, Event())
    (record,) = (path for path in (home / "weights").rglob("*.json"))
    record.unlink()

    first = it.load("test/it", "cpu")

    assert list(first.model.files) == ["config.json"]
    assert not record.exists()
    it.load("test/it", "cpu")  # a later load, for which nothing was fetched, checks them
    assert record.exists()


def test_of_what_waits_elsewhere_what_the_card_says_is_counted(home: Path) -> None:
    assert (
        loader(home, "Kept", LoadVariant("float32", 5000, "model")).load("test/it", "cpu").bytes
        == 5000
    )


def test_after_unloading_nothing_of_the_model_is_kept(home: Path) -> None:
    it = loader(home, "Kept", LoadVariant("float32", 5000))
    model = it.load("test/it", "cpu").model

    it.unload(model)

    assert vars(model) == {}


def test_the_gpus_own_error_is_out_of_memory(home: Path) -> None:
    with pytest.raises(OutOfMemory, match="'test/it' does not fit into memory: CUDA out of memory"):
        loader(home, "TooLarge", LoadVariant("float32", 1)).load("test/it", "cpu")


def test_any_other_failure_names_the_model(home: Path) -> None:
    with pytest.raises(ToolError, match="'test/it' cannot be loaded: KeyError: 'weight'"):
        loader(home, "Broken", LoadVariant("float32", 1)).load("test/it", "cpu")
