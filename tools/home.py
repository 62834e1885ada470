"""The folder where Batuta keeps what belongs to this user: weights, runs, their own cards."""

import os
from contextlib import suppress
from pathlib import Path

DATABASE = "checkpoints.sqlite"
"""The file in the home by which it is known as one."""


def home() -> Path:
    """`BATUTA_HOME` if it is set, else `~/.batuta`. It need not exist yet."""
    return Path(os.environ.get("BATUTA_HOME") or "~/.batuta").expanduser()


def make_private(folder: Path) -> None:
    """Make the folder if it is not there, and let only its owner in if it is Batuta's alone."""
    # BATUTA_HOME may name a folder that holds other things too, such as a shared one.
    is_ours = not folder.exists() or not any(folder.iterdir()) or (folder / DATABASE).exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_ours:
        with suppress(PermissionError):
            folder.chmod(0o700)
