from __future__ import annotations

from pathlib import Path

import PIL.Image
import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, as `BATUTA_HOME`."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    return tmp_path


@pytest.fixture
def photo(home: Path) -> Path:
    path = home / "photo.png"
    PIL.Image.new("RGB", (8, 6), (200, 10, 10)).save(path)
    return path


@pytest.fixture
def script(home: Path) -> str:
    """A language model with scripted plans."""
    path = home / "replies.txt"
    path.write_text('grey = grayscale(image1)\nsay("Here: {grey}")')
    return f"scripted:{path}"
