"""Lay out a checkpoint's files in the folder that its library expects."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def checkpoint_folder(files: Mapping[str, Path]) -> Generator[Path]:
    """Link the files into a temporary folder under their card's names.

    Weights are stored under their hashes; `from_pretrained` looks for `transformer/config.json`.
    """
    with tempfile.TemporaryDirectory(prefix="batuta-checkpoint-") as folder:
        for name, path in files.items():
            link = Path(folder, name)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.absolute())
        yield Path(folder)
