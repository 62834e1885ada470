"""`--profile auto`, the default: one line says which profile it stands for, and why."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app


def batuta(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(autouse=True)
def no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new user's machine without a hub."""
    monkeypatch.delenv("BATUTA_PROFILE")
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    return tmp_path


def test_without_a_hub_it_is_offline_and_says_so_in_one_line() -> None:
    shown = batuta("models", "--json")

    assert json.loads(shown.stdout)["profile"] == "offline"
    assert shown.stderr.splitlines()[0] == (
        "profile 'offline': no model hub answers; choose another with --profile NAME"
    )


@pytest.mark.parametrize("words", [("--profile", "laptop"), ()], ids=["option", "variable"])
def test_a_profile_that_is_named_is_used_without_a_word(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not words:
        monkeypatch.setenv("BATUTA_PROFILE", "laptop")

    shown = batuta("models", "--json", *words)

    assert json.loads(shown.stdout)["profile"] == "laptop"
    assert "choose another" not in shown.stderr


def test_what_was_found_minutes_ago_is_used(no_hub: Path) -> None:
    choice = {"profile": "laptop", "reason": "a model hub answers", "at": time.time()}
    (no_hub / "auto-profile.json").write_text(json.dumps(choice))

    assert json.loads(batuta("models", "--json", "--profile", "auto").stdout)["profile"] == "laptop"


def test_a_command_of_a_group_says_it_once() -> None:
    shown = batuta("models", "pull", "--plan", "--json")

    assert shown.exit_code == 0
    assert shown.stderr.count("choose another with --profile") == 1


def test_large_weights_are_only_pulled_with_consent(no_hub: Path) -> None:
    shown = batuta("models", "pull", "--profile", "laptop")

    assert shown.exit_code == 1
    assert "draw/sd-turbo: 2.58 GB, Stability AI Community License" in shown.stdout
    assert "7.57 GB of a model hub would be fetched, which needs your consent" in shown.stderr
    assert "llm/qwen2.5-coder-1.5b: 1.12 GB, Apache-2.0\n" in shown.stdout
    assert "not pinned" not in shown.stdout
    assert "--yes" in shown.stderr
    assert not (no_hub / "weights" / "repositories").exists()
