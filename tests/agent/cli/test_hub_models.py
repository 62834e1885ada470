"""`batuta models search`, `add`, `remove`, `pin` and `update` against a hub on this machine."""

import json
import tomllib
from collections.abc import Generator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from agent.cli.main import app
from tests.tools.adapters.transformers.tiny_checkpoints import write_depth_anything
from tests.tools.models.hub.conftest import use_hub
from tests.tools.models.hub.fake_hub import FakeHub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def batuta(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[FakeHub]:
    hub = FakeHub()
    use_hub(hub, tmp_path, monkeypatch)
    yield hub
    hub.close()


def depth_folder(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    folder.mkdir()
    write_depth_anything(folder)
    return folder


def card_of(home: Path) -> dict[str, object]:
    (path,) = (home / "catalogue").glob("*.toml")
    (table,) = tomllib.loads(path.read_text())["model"]
    return table


def test_a_search_says_what_fits_and_why_the_rest_does_not(hub: FakeHub, tmp_path: Path) -> None:
    small = depth_folder(tmp_path / "small")
    hub.publish("org/small-depth", small, task="depth-estimation", downloads=10)
    pickled = {path.name: path.read_bytes() for path in small.iterdir()}
    pickled["pytorch_model.bin"] = pickled.pop("model.safetensors")
    hub.publish("org/old-depth", pickled, task="depth-estimation", downloads=20, licence="mit")
    talk = {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}
    hub.publish(
        "org/talk", {"config.json": json.dumps(talk).encode()}, task="text-generation", downloads=30
    )

    shown = batuta("models", "search", "depth estimation", "--json")
    free = batuta("models", "search", "depth estimation", "--licence", "apache-2.0", "--json")
    tiny = batuta("models", "search", "depth estimation", "--max-gb", "0.000001", "--json")
    named = batuta("models", "search", "talk", "--json")

    found = json.loads(shown.stdout)
    assert found["task"] == "depth-estimation"
    old, new = found["models"]
    assert (old["repository"], old["downloads"], old["licence"]) == ("org/old-depth", 20, "MIT")
    assert (old["tools"], "pickle" in old["problem"]) == ([], True)
    assert (new["repository"], new["tools"], new["problem"]) == (
        "org/small-depth",
        ["depth", "surface_normals"],
        "",
    )
    sizes = {"config.json", "preprocessor_config.json", "model.safetensors"}
    assert new["bytes"] == sum((small / name).stat().st_size for name in sizes)
    assert [model["repository"] for model in json.loads(free.stdout)["models"]] == [
        "org/small-depth"
    ]
    assert json.loads(tiny.stdout)["models"] == []
    (talk,) = json.loads(named.stdout)["models"]
    assert talk["problem"]


def test_a_search_in_the_terminal_ends_with_the_command_that_adds_the_first(
    hub: FakeHub, tmp_path: Path
) -> None:
    hub.publish("org/small-depth", depth_folder(tmp_path / "a"), task="depth-estimation")

    shown = batuta("models", "search", "depth")

    assert "depth-estimation, most downloads first" in shown.stdout
    assert "batuta models add hf:org/small-depth" in shown.stdout


def test_a_model_is_added_used_updated_pinned_and_removed(hub: FakeHub, tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = hub.publish("org/small-depth", depth_folder(tmp_path / "a"), task="depth-estimation")

    added = batuta("models", "add", "hf:org/small-depth", "--yes")

    assert added.exit_code == 0, added.output
    assert "licence: Apache-2.0" in added.stdout
    assert "added depth/small-depth, which now comes first for depth" in added.stdout
    assert "✓ depth@small_depth(photo)" in added.stderr
    card = card_of(home)
    (repository,) = card["repositories"]
    assert repository["sources"] == [f"hf:org/small-depth@{first}"]
    assert set(repository["sha256"]) == set(repository["files"])
    listed = batuta("models", "--json").stdout
    assert "depth/small-depth" in {model["id"] for model in json.loads(listed)["models"]}

    again = batuta("models", "update", "--yes")
    assert f"depth/small-depth is at the newest commit of main: {first[:12]}" in again.stdout

    second = hub.publish(
        "org/small-depth", depth_folder(tmp_path / "b", seed=1), task="depth-estimation"
    )
    moved = batuta("models", "update", "depth/small-depth", "--yes")
    assert moved.exit_code == 0, moved.output
    assert f"{first[:12]} → {second[:12]}" in moved.stdout
    weights = home / "weights" / "repositories"
    assert {path.name for path in weights.iterdir() if path.is_dir()} == {
        f"org--small-depth@{second}"
    }

    back = batuta("models", "pin", "hf:org/small-depth", first, "--yes", "--no-example")
    assert back.exit_code == 0, back.output
    assert card_of(home)["repositories"][0]["sources"] == [f"hf:org/small-depth@{first}"]

    hub.close()
    removed = batuta("models", "remove", "depth/small-depth")
    assert removed.exit_code == 0, removed.output
    assert "removed depth/small-depth and" in removed.stdout
    assert list((home / "catalogue").iterdir()) == []
    assert list(weights.iterdir()) == []


def test_without_consent_nothing_is_fetched(hub: FakeHub, tmp_path: Path) -> None:
    hub.publish("org/small-depth", depth_folder(tmp_path / "a"), task="depth-estimation")

    shown = batuta("models", "add", "hf:org/small-depth")

    assert shown.exit_code == 1
    assert "needs your consent" in shown.stderr
    assert "--yes" in shown.stderr
    assert not (tmp_path / "home" / "weights").exists()
    assert not [path for path in hub.requests if path.endswith(".safetensors")]


def test_a_model_whose_example_fails_is_not_added(hub: FakeHub, tmp_path: Path) -> None:
    folder = depth_folder(tmp_path / "a")
    (folder / "preprocessor_config.json").unlink()
    hub.publish("org/broken-depth", folder, task="depth-estimation")

    shown = batuta("models", "add", "hf:org/broken-depth", "--yes")

    assert shown.exit_code == 1
    assert "'org/broken-depth' was not added: the example of 'depth' failed" in shown.stderr
    assert list((tmp_path / "home" / "catalogue").iterdir()) == []


def test_a_file_that_is_not_what_the_hub_listed_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    folder = depth_folder(tmp_path / "a")
    commit = hub.publish("org/small-depth", folder, task="depth-estimation")
    honest_info = hub.info

    def false_info(name: str, revision: str) -> dict[str, object]:
        info = honest_info(name, revision)
        for sibling in info["siblings"]:
            if "lfs" in sibling:
                sibling["lfs"]["sha256"] = "0" * 64
        return info

    hub.info = false_info  # type: ignore[method-assign]

    shown = batuta("models", "add", f"hf:org/small-depth@{commit}", "--yes")

    assert shown.exit_code == 1
    assert "model.safetensors is not what its card says" in shown.stderr
    assert list((tmp_path / "home" / "catalogue").iterdir()) == []


@pytest.mark.parametrize(
    "words", [("search", "depth"), ("add", "hf:org/name"), ("update", "depth/x")]
)
def test_without_a_hub_each_command_says_so_and_what_to_do(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    shown = batuta("models", *words)

    assert shown.exit_code in (1, 2)
    assert "no model" in shown.stderr
    assert "hint:" in shown.stderr


def test_what_was_not_added_cannot_be_removed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))

    shown = batuta("models", "remove", "depth/unknown")

    assert shown.exit_code == 2
    assert "no model 'depth/unknown' was added from a hub; added: none" in shown.stderr
