"""Write cards of the catalogue, and update them when their files change."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from train.loop.model_card import CARD
from train.loop.training_loop import HISTORY

if TYPE_CHECKING:
    from tools.models.card import WeightFile

_MODEL = re.compile(r"^\[\[model\]\]\n", re.MULTILINE)
_HERE = re.compile(r'^sources = \["(?:shipped|file):', re.MULTILINE)
_QUALITY_SOURCE = re.compile(r"^quality_source = .*$", re.MULTILINE)
_FILES = re.compile(r"^\[\[model\.files\]\]\n", re.MULTILINE)


def new_card(
    tools: Sequence[str], adapter: str, settings: Mapping[str, str], limitations: str, folder: str
) -> str:
    """Return the card of a sprite-world model without its id and files."""
    listed = ", ".join(f'"{tool}"' for tool in tools)
    items = ", ".join(f'{name} = "{value}"' for name, value in settings.items())
    return (
        f"tools = [{listed}]\n"
        f'adapter = "{adapter}"\n'
        f"settings = {{ {items} }}\n"
        'licence = "Apache-2.0"\n'
        "commercial_use = true\n"
        "quality = 2\n"
        f'quality_source = "its scores are in tools/sprites/weights/{folder}/README.md"\n'
        'domain = "scene"\n'
        'languages = ["en"]\n'
        f'limitations = "{limitations}"\n'
    )


def shipped_source(path: Path, folder: Path) -> str:
    """Return the source of a file that ships with Batuta, below tools/."""
    return f"shipped:{path.relative_to(folder.parents[2]).as_posix()}"


def local_source(path: Path, folder: Path) -> str:
    """Return the source of a file on this machine."""
    return f"file:{path}"


def card_lines(catalogue: Path, model_id: str) -> str:
    """Return a card without its id, for a model trained here.

    Empty if the catalogue has no such card.
    """
    text = catalogue.read_text(encoding="utf-8") if catalogue.exists() else ""
    id_line = f'id = "{model_id}"\n'
    for table in _MODEL.split(text):
        if id_line in table:
            return _QUALITY_SOURCE.sub(
                'quality_source = "trained on this machine; its scores are beside its weights"',
                table.replace(id_line, "").rstrip() + "\n",
            )
    return ""


def stamp_card(
    catalogue: Path,
    model_id: str,
    folder: Path,
    card: str = "",
    source: Callable[[Path, Path], str] = shipped_source,
) -> None:
    """Replace the files of a card by those of the folder.

    The card keeps files that come from a registry. If the catalogue has no such card yet, `card`
    holds its first lines.
    """
    old_text = catalogue.read_text(encoding="utf-8") if catalogue.exists() else ""
    start, *tables = _MODEL.split(old_text)
    if card and f'id = "{model_id}"\n' not in old_text:
        tables.append(f'id = "{model_id}"\n{card}')
    for number, table in enumerate(tables):
        if f'id = "{model_id}"\n' in table:
            about, *files = _FILES.split(table)
            other_files = [
                f"[[model.files]]\n{file}" for file in files if _HERE.search(file) is None
            ]
            parts = [part.rstrip() for part in (about, *other_files, _file_tables(folder, source))]
            tables[number] = "\n\n".join(parts) + "\n"
    text = start + "".join(f"[[model]]\n{table.rstrip()}\n\n" for table in tables)
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    catalogue.write_text(text.rstrip() + "\n", encoding="utf-8")


def file_tables(files: Iterable[WeightFile], folder: str) -> str:
    """Return the tables of another card's files, below a folder of their own."""
    return "".join(
        "\n[[model.files]]\n"
        f'name = "{folder}/{file.name}"\n'
        f'format = "{file.format}"\n'
        f"sources = {json.dumps([str(source) for source in file.sources])}\n"
        f'sha256 = "{file.sha256}"\n'
        f"bytes = {file.bytes:_}\n"
        + (f"archive_bytes = {file.archive_bytes:_}\n" if file.archive_bytes else "")
        for file in files
    )


def _file_tables(folder: Path, source: Callable[[Path, Path], str]) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(
        _file(path, path.relative_to(folder).as_posix(), source(path, folder))
        for path in files
        if path.name not in (CARD, HISTORY)
    )


def _file(path: Path, name: str, source: str) -> str:
    content = path.read_bytes()
    return (
        "[[model.files]]\n"
        f'name = "{name}"\n'
        f'format = "{path.suffix[1:]}"\n'
        f'sources = ["{source}"]\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f"bytes = {len(content):_}\n"
    )
