"""A checkpoint of many files, laid out as the library that wrote it expects."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def checkpoint_folder(files: Mapping[str, Path]) -> Generator[Path]:
    """A folder in which each file has the name its card gives it, for as long as this lasts.

    Weights are kept under their hashes; `from_pretrained` looks for `transformer/config.json`.
    """
    with tempfile.TemporaryDirectory(prefix="batuta-checkpoint-") as folder:
        for name, path in files.items():
            place = Path(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path.absolute())
        yield Path(folder)
