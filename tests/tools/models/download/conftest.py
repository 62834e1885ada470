import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.requirements import require_program
from tests.tools.models.download.package_registry import Registry


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start pip, npm or the client of the hub as slow."""
    for item in items:
        if "registry" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("BATUTA_HOME", str(folder))
    return folder


@pytest.fixture
def npm() -> None:
    require_program("npm")


@pytest.fixture
def registry(home: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Registry]:
    registry = Registry()
    for name in os.environ:
        if name.upper().startswith(("PIP_", "NPM_CONFIG_", "HF_")) or "proxy" in name.lower():
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{registry.address}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("npm_config_userconfig", str(home / "npmrc"))
    monkeypatch.setenv("npm_config_globalconfig", str(home / "npmrc-of-all"))
    monkeypatch.setenv("npm_config_registry", f"{registry.address}/npm/")
    monkeypatch.setenv("HF_ENDPOINT", f"{registry.address}/hub")
    monkeypatch.setenv("HF_HOME", str(home / "hub"))
    yield registry
    registry.close()
