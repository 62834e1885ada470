"""The cards in the user's folder that were made of hub repositories, one file each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tools.atomic_write import write_atomically
from tools.errors import CatalogueError
from tools.models.catalogue import Catalogue, suggestion_hint

_HEADER = "# Written by `batuta models add`. The model is used first for its tools.\n"
_PREFIX = "hub--"


@dataclass(frozen=True)
class UserCard:
    """A card that was made of a hub repository, and its file."""

    path: Path
    table: Mapping[str, Any] = field(hash=False)

    @property
    def id(self) -> str:
        return str(self.table["id"])

    @property
    def repository(self) -> str:
        return self._source.partition("@")[0].removeprefix("hf:")

    @property
    def commit(self) -> str:
        return self._source.partition("@")[2]

    @property
    def branch(self) -> str:
        """The branch or tag that `update` follows."""
        return str(self.table["repositories"][0].get("branch") or "main")

    @property
    def _source(self) -> str:
        return str(self.table["repositories"][0]["sources"][0])


class UserCards:
    """Reads, writes and removes these cards."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "catalogue"
        self.home = home

    def all(self) -> tuple[UserCard, ...]:
        """Return the cards in the order of their ids."""
        cards: list[UserCard] = []
        for path in sorted(self.folder.glob(f"{_PREFIX}*.toml")):
            try:
                tables = tomllib.loads(path.read_text(encoding="utf-8"))
                table = cast("list[dict[str, Any]]", tables["model"])[0]
                card = UserCard(path, table)
                # Edited by hand until it no longer names a repository: the catalogue reports it.
                if card.repository:
                    cards.append(card)
            except (OSError, ValueError, LookupError, TypeError):
                continue
        return tuple(cards)

    def find(self, name: str) -> UserCard:
        """Return the card of an id or of `hf:org/name`; CatalogueError if there is none."""
        cards = self.all()
        reference = name.removeprefix("hf:").partition("@")[0]
        matches = [card for card in cards if reference in (card.id, card.repository)]
        if not matches:
            ids = [card.id for card in cards]
            raise CatalogueError(
                f"no model {name!r} was added from a hub; added: {', '.join(ids) or 'none'}",
                hint=suggestion_hint(reference, ids, "add one with: batuta models add hf:org/name"),
            )
        if len(matches) > 1:
            raise CatalogueError(
                f"{name!r} was added more than once: {', '.join(card.id for card in matches)}",
                hint="name one of these",
            )
        return matches[0]

    def write(self, table: Mapping[str, Any]) -> UserCard:
        """Write a card, which then comes before the others of its tools."""
        for other in self.all():
            if other.id != table["id"] and set(other.table["tools"]) & set(table["tools"]):
                self._write({**other.table, "quality": int(other.table["quality"]) + 1})
        return self._write(table)

    def remove(self, card: UserCard) -> None:
        """Remove the file of a card; its weights stay."""
        card.path.unlink(missing_ok=True)

    def _write(self, table: Mapping[str, Any]) -> UserCard:
        path = self.folder / f"{_PREFIX}{str(table['id']).replace('/', '--')}.toml"
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (_HEADER + card_text(table)).encode())
        return UserCard(path, table)


def card_text(table: Mapping[str, Any]) -> str:
    """Return a `[[model]]` table as TOML, without empty values."""
    lines = ["[[model]]"]
    lines += [f"{key} = {_toml(value)}" for key, value in table.items() if _has_content(value)]
    return "\n".join(lines) + "\n"


def unused_folders(card: UserCard, catalogue: Catalogue) -> tuple[Path, ...]:
    """Return the card's weight folders and records that no other card uses."""
    others = {
        repository.local_folder
        for other in catalogue
        if other.id != card.id
        for repository in other.repositories
    }
    paths: list[Path] = []
    for repository in catalogue[card.id].repositories if card.id in catalogue else ():
        if repository.sources[0].kind == "hf" and repository.local_folder not in others:
            paths += [repository.local_folder, repository.record_path]
    return tuple(path for path in paths if path.exists())


def _has_content(value: object) -> bool:
    return isinstance(value, bool | int) or bool(value)


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:_}"
        case str():
            # DEL is the one character that JSON leaves as it is and TOML forbids.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(_toml(item) for item in cast('list[object]', value))}]"
        case dict():
            items = cast("dict[str, object]", value).items()
            pairs = [f"{_key(name)} = {_toml(item)}" for name, item in items if _has_content(item)]
            return "{ " + ", ".join(pairs) + " }"
        case _:
            raise TypeError(f"{value!r} cannot be written as TOML")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
