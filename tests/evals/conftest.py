import asyncio
import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

_RUN = asyncio.run


@pytest.fixture(scope="package", autouse=True)
def inspect_leftovers() -> Iterator[None]:
    """Undo what Inspect does to the process before the tests of other packages.

    It replaces `asyncio.run` by one that does not close its loop.
    """
    yield
    asyncio.run = _RUN
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that an evaluation writes goes below the test's own folder."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("INSPECT_DISPLAY", "none")
    monkeypatch.chdir(tmp_path)
    yield
    # Inspect leaves its event loop behind as the current one: collect it here, where that is known.
    asyncio.set_event_loop(None)
    gc.collect()


INSPECT = [
    pytest.mark.slow,
    pytest.mark.usefixtures("own_folders"),
    # Inspect leaves streams and a loop of its own open, and says so when they are collected.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
"""For tests that let Inspect run a suite."""
