"""Whole checkpoints from a hub: what a branch led to first is what it leads to from then on."""

import hashlib
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.models.download.package_registry import Registry
from tests.tools.models.download.sample_cards import card
from tools.errors import Cancelled, SourceError
from tools.home import home
from tools.models.card import Card
from tools.models.checkpoint_repository import Repository
from tools.models.download import PullProgress, fetch, plan_pull, pull, verify
from tools.models.weight_uri import parse_folder

pytestmark = pytest.mark.timeout(120)

FIRST, SECOND = "1" * 40, "2" * 40
FILES = {
    "config.json": b'{"model_type": "tiny"}',
    "unet/weights.safetensors": b"0123456789" * 100,
    "unet/weights.bin": b"not wanted",
    "run_me.py": b"print('not wanted either')",
}
WANTED = ("*.json", "unet/*.safetensors")


def model(*sources: str, folder: str = "", gated: bool = False) -> Card:
    repository = Repository(
        sources=tuple(parse_folder(source) for source in sources),
        files=WANTED,
        weights_folder=home() / "weights",
        bytes=1_022,
        folder=folder,
        gated=gated,
    )
    return replace(card(), repositories=(repository,))


def contents(card: Card) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in fetch(card).items()}


def test_only_the_files_that_are_needed_arrive_and_what_they_were_is_written_down(
    registry: Registry, home: Path
) -> None:
    registry.publish_hub_folder("org/tiny", FILES, FIRST)
    tiny = model("hf:org/tiny@main")
    (before,) = plan_pull([tiny])
    reports: list[PullProgress] = []

    pull([tiny], observe=reports.append)

    assert not before.present
    assert (before.file, before.bytes, before.source) == ("org/tiny", 1_022, "hf:org/tiny@main")
    assert plan_pull([tiny])[0].present
    assert contents(tiny) == {
        "config.json": FILES["config.json"],
        "unet/weights.safetensors": FILES["unet/weights.safetensors"],
    }
    assert not list(home.rglob("*.py"))
    assert (reports[-1].done_bytes, reports[-1].total_bytes) == (1_022, 1_022)
    (written,) = (home / "weights" / "repositories").glob("org--tiny@main.*.json")
    told = json.loads(written.read_text())
    assert (told["source"], told["commit"]) == ("hf:org/tiny@main", FIRST)
    assert told["files"]["config.json"]["sha256"] == (
        hashlib.sha256(FILES["config.json"]).hexdigest()
    )


def test_a_branch_that_has_moved_on_changes_nothing(registry: Registry, home: Path) -> None:
    registry.publish_hub_folder("org/tiny", FILES, FIRST)
    tiny = model("hf:org/tiny@main")
    first = contents(tiny)
    assert tiny.repositories[0].commit == FIRST

    registry.publish_hub_folder("org/tiny", FILES | {"config.json": b"{}"}, SECOND)
    fetch(tiny)["config.json"].unlink()

    # The first commit is asked for again; its own file would be accepted.
    registry.commits["/hub/org/tiny/"] = FIRST
    assert contents(tiny) == first


def test_the_same_commit_with_other_content_is_refused(registry: Registry, home: Path) -> None:
    registry.publish_hub_folder("org/tiny", FILES, FIRST)
    tiny = model("hf:org/tiny@main")
    pull([tiny])

    registry.publish_hub_folder("org/tiny", FILES | {"config.json": b'{"model": "evil"}'}, FIRST)
    fetch(tiny)["config.json"].unlink()
    with pytest.raises(SourceError) as refused:
        fetch(tiny)

    assert "config.json is not what was fetched first" in refused.value.message
    assert "remove" in refused.value.hint


def test_a_gated_repository_says_how_to_get_access(registry: Registry, home: Path) -> None:
    registry.publish_hub_folder("org/tiny", FILES, FIRST)
    registry.gated.add("org/tiny")

    with pytest.raises(SourceError) as refused:
        fetch(model("hf:org/tiny@main", gated=True))

    assert refused.value.hint == (
        "accept its licence at https://huggingface.co/org/tiny, make a key at "
        "https://huggingface.co/settings/tokens, then run: hf auth login"
    )


def test_a_hub_that_does_not_have_it_gives_way_to_the_next_source(
    registry: Registry, home: Path, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    for name, content in FILES.items():
        (mirror / name).parent.mkdir(parents=True, exist_ok=True)
        (mirror / name).write_bytes(content)

    found = fetch(model("hf:org/tiny@main", f"file:{mirror}"))

    assert found["config.json"] == mirror / "config.json"
    assert sorted(found) == ["config.json", "unet/weights.safetensors"]


def test_a_hub_that_cannot_be_reached_gives_way_to_the_next_source_or_is_named(
    registry: Registry, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    (tmp_path / "config.json").write_bytes(FILES["config.json"])
    reports: list[PullProgress] = []

    found = fetch(model("hf:org/tiny@main", f"file:{tmp_path}"), observe=reports.append)
    with pytest.raises(SourceError) as failed:
        fetch(model("hf:org/other@main"))

    assert found["config.json"] == tmp_path / "config.json"
    assert reports[-1].source == f"file:{tmp_path}"
    assert "could not be fetched from hf:org/other@main: " in failed.value.message
    assert failed.value.hint == "check the network, then run `batuta models pull`"


def test_a_download_that_broke_off_goes_on_where_it_was(registry: Registry, home: Path) -> None:
    # The hub's client writes ten megabytes at a time.
    whole = bytes(range(256)) * 100_000
    registry.publish_hub_folder("org/tiny", {"unet/weights.safetensors": whole}, FIRST)
    large = f"/hub/org/tiny/resolve/{FIRST}/unet/weights.safetensors"
    registry.broken = {large}

    found = contents(model("hf:org/tiny@main"))

    assert found == {"unet/weights.safetensors": whole}
    assert 0 < registry.asked_from[large] <= len(whole) // 2


def test_no_source_at_all_names_each_and_why(home: Path) -> None:
    with pytest.raises(SourceError) as failed:
        fetch(model("file:/nowhere/tiny"))

    assert failed.value.message == (
        "'/nowhere/tiny' of 'test/model' could not be fetched from file:/nowhere/tiny: "
        "there is no folder '/nowhere/tiny'"
    )


def test_a_model_of_two_repositories_finds_the_second_in_a_folder_of_its_name(
    home: Path, tmp_path: Path
) -> None:
    for name in ("base", "extra"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(name)
    both = replace(
        card(),
        repositories=tuple(
            model(f"file:{tmp_path}/{name}", folder=folder).repositories[0]
            for name, folder in (("base", ""), ("extra", "controlnet"))
        ),
    )

    assert contents(both) == {"config.json": b"base", "controlnet/config.json": b"extra"}


def test_a_file_that_changed_on_the_disk_is_found_and_fetched_again(
    registry: Registry, home: Path
) -> None:
    registry.publish_hub_folder("org/tiny", FILES, FIRST)
    tiny = model("hf:org/tiny@main")
    path = fetch(tiny)["config.json"]
    status = path.stat()
    path.write_bytes(b'{"model_type": "tinY"}')
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert plan_pull([tiny])[0].present
    assert [item.file for item in verify([tiny])] == ["org/tiny"]
    assert contents(tiny)["config.json"] == FILES["config.json"]


def test_a_pull_that_was_stopped_goes_on_with_the_files_it_had(
    registry: Registry, home: Path
) -> None:
    registry.publish_hub_folder("org/tiny", FILES, FIRST)
    small = f"/hub/org/tiny/resolve/{FIRST}/config.json"
    large = f"/hub/org/tiny/resolve/{FIRST}/unet/weights.safetensors"
    registry.stalled = {large}
    stop = threading.Event()
    tiny = model("hf:org/tiny@main")

    def stop_when_small_is_here() -> None:
        registry.stalling.wait(30)
        deadline = time.monotonic() + 30
        while not list(home.rglob("config.json.metadata")) and time.monotonic() < deadline:
            time.sleep(0.02)
        stop.set()

    threading.Thread(target=stop_when_small_is_here).start()
    with pytest.raises(Cancelled):
        fetch(tiny, stop=stop)
    assert not plan_pull([tiny])[0].present
    registry.release.set()

    assert contents(tiny)["unet/weights.safetensors"] == FILES["unet/weights.safetensors"]
    assert (registry.sent[small], registry.sent[large]) == (1, 2)


def test_two_models_of_one_repository_are_planned_once() -> None:
    assert len(plan_pull([model("hf:org/tiny@main"), model("hf:org/tiny@main")])) == 1
