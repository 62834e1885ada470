import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.tools.models.hub.fake_hub import FakeHub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[FakeHub]:
    hub = FakeHub()
    use_hub(hub, tmp_path, monkeypatch)
    yield hub
    hub.close()


def use_hub(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the hub's client and ours talk to this hub, with a home in the folder."""
    for name in os.environ:
        if name.upper().startswith("HF_") or "proxy" in name.lower():
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_HOME", str(folder / "hub-client"))
    monkeypatch.setenv("BATUTA_HOME", str(folder / "home"))
