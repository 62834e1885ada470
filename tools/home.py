"""The home folder of Batuta: weights, runs and cards of this user."""

import os
from contextlib import suppress
from pathlib import Path

DATABASE = "checkpoints.sqlite"
"""The file that marks a folder as Batuta's home."""


def home() -> Path:
    """Return `BATUTA_HOME` if set, else `~/.batuta`, which need not exist yet."""
    return Path(os.environ.get("BATUTA_HOME") or "~/.batuta").expanduser()


def make_private(folder: Path) -> None:
    """Create the folder if needed, and restrict it to its owner if it is Batuta's own."""
    # BATUTA_HOME may name a folder that holds other things too, such as a shared one.
    is_ours = not folder.exists() or not any(folder.iterdir()) or (folder / DATABASE).exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_ours:
        with suppress(PermissionError):
            folder.chmod(0o700)
