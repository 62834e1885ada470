from pathlib import Path

import pytest

from tools.models.catalogue import Catalogue
from tools.models.download.missing_clients import ClientGap, client_gaps
from tools.models.profile import Profile

CATALOGUE = Catalogue.load(Path("/nowhere"))
VOICES = ("speak/kokoro-bella", "speak/kokoro-fenrir", "speak/kokoro-george")


@pytest.fixture
def without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("without_npm")
def test_without_npm_four_tools_and_three_voices_are_missing() -> None:
    (gap,) = client_gaps(Profile.load("offline", CATALOGUE))

    assert gap == ClientGap("npm", "offline", ("enlarge", "extend", "remove", "segment"), VOICES)
    assert str(gap) == (
        "npm is not installed: profile 'offline' has no model for enlarge, extend, remove, "
        "segment, and leaves out speak/kokoro-bella, speak/kokoro-fenrir, speak/kokoro-george"
    )
    assert gap.fix == "install Node.js, which includes npm"


@pytest.mark.usefixtures("without_npm")
def test_a_gpu_profile_loses_models_and_no_tool() -> None:
    (gap,) = client_gaps(Profile.load("gpu-8gb", CATALOGUE))

    assert gap.tools == ()
    assert set(VOICES) < set(gap.models)
    assert str(gap).startswith("npm is not installed: profile 'gpu-8gb' leaves out enlarge/")


@pytest.mark.usefixtures("without_npm")
def test_a_profile_that_does_not_use_npm_loses_nothing(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('summary = "mine"\nlanguage_model = "openai:some"\nsources = ["pypi"]\n')

    assert client_gaps(Profile.load(str(profile), CATALOGUE)) == ()


def test_with_npm_there_is_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npm").write_text("#!/bin/sh\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert client_gaps(Profile.load("offline", CATALOGUE)) == ()
