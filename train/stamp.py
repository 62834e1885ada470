"""Keeps a card of the catalogue up with the files that it describes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from train.loop import HISTORY
from train.model_card import CARD

_MODEL = re.compile(r"^\[\[model\]\]\n", re.MULTILINE)
_FILES = re.compile(r"^\[\[model\.files\]\]\n", re.MULTILINE)


def stamp_card(catalogue: Path, model_id: str, folder: Path) -> None:
    """Write names, sizes and hashes of the folder's files into the card, instead of those there.

    A file is called in the card as it is in the folder, which lies below tools/.
    """
    start, *tables = _MODEL.split(catalogue.read_text(encoding="utf-8"))
    for number, table in enumerate(tables):
        if f'id = "{model_id}"\n' in table:
            tables[number] = _FILES.split(table)[0].rstrip() + "\n\n" + _described(folder) + "\n"
    text = start + "".join(f"[[model]]\n{table}" for table in tables)
    catalogue.write_text(text.rstrip() + "\n", encoding="utf-8")


def _described(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(_file(path, folder) for path in files if path.name not in (CARD, HISTORY))


def _file(path: Path, folder: Path) -> str:
    content = path.read_bytes()
    return (
        "[[model.files]]\n"
        f'name = "{path.relative_to(folder).as_posix()}"\n'
        f'format = "{path.suffix[1:]}"\n'
        f'sources = ["shipped:{path.relative_to(folder.parents[1]).as_posix()}"]\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f"bytes = {len(content):_}\n"
    )
