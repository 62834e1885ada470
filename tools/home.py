"""The folder where Batuta keeps what belongs to this user: weights, runs, their own cards."""

import os
from pathlib import Path


def home() -> Path:
    """`BATUTA_HOME` if it is set, else `~/.batuta`. It need not exist yet."""
    return Path(os.environ.get("BATUTA_HOME") or "~/.batuta").expanduser()
