from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def script(home: Path) -> str:
    """A language model with scripted plans."""
    path = home / "replies.txt"
    path.write_text('grey = grayscale(image1)\nsay("Here: {grey}")')
    return f"scripted:{path}"
