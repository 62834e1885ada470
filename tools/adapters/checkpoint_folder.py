"""Lay out a checkpoint's files in the folder that its library expects."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.operating_system import link_file


@contextmanager
def checkpoint_folder(files: Mapping[str, Path]) -> Generator[Path]:
    """Link the files into a temporary folder under their card's names.

    Weights are stored under their hashes; `from_pretrained` looks for `transformer/config.json`.
    """
    # Windows keeps files that a network has mapped until it is unloaded.
    with tempfile.TemporaryDirectory(
        prefix="batuta-checkpoint-", ignore_cleanup_errors=True
    ) as folder:
        for name, path in files.items():
            link = Path(folder, name)
            link.parent.mkdir(parents=True, exist_ok=True)
            link_file(path, link)
        yield Path(folder)
