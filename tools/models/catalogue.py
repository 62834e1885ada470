"""The model catalogue: cards with sources, licence, size and limitations of each model.

A card is a `[[model]]` table of a TOML file under tools/models/cards/, one file per tool, or of the
user's files in `BATUTA_HOME/catalogue/`. A user's broken card is left out and reported in
`Catalogue.broken`. Cards of models that come from a hub, for a GPU or a laptop, are in
tools/models/cards/full_size/, by what the models do. Keys of earlier versions (`cannot`, `only`,
`forms`) are read too.

>>> Catalogue.load(Path("~/.batuta").expanduser())["detect/yolox-nano"].licence
'Apache-2.0'
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import (
    TypeAdapter,
    ValidationError,
)

from tools.errors import CatalogueError
from tools.models.card import Card


@dataclass(frozen=True)
class BrokenCard:
    """An invalid card, which is left out, and its error."""

    source: str
    error: str
    hint: str


class Catalogue:
    """Every card, by its id."""

    def __init__(
        self, cards: Iterable[Card], home: Path, broken: Sequence[BrokenCard] = ()
    ) -> None:
        self._cards = {card.id: card for card in cards}
        self.home = home
        self.broken = tuple(broken)

    @classmethod
    def load(cls, home: Path) -> Catalogue:
        """Load the shipped cards and the user's, which a home folder holds."""
        weights_folder = home / "weights"
        cards: dict[str, Card] = {}
        broken: list[BrokenCard] = []
        for path in sorted(Path(__file__).with_name("cards").rglob("*.toml")):
            cards.update(
                (card.id, card)
                for card in _shipped_cards(path, path.stat().st_mtime_ns, weights_folder)
            )
        for path in sorted((home / "catalogue").glob("*.toml")):
            for card in _read_user_cards(path, weights_folder, broken):
                card = replace(card, own=True)
                if card.id in cards:
                    error = f"the id {card.id!r} is taken"
                    broken.append(BrokenCard(str(path), error, "give the model another id"))
                else:
                    cards[card.id] = card
        return cls(cards.values(), home, broken)

    def __getitem__(self, card_id: str) -> Card:
        if card := self._cards.get(card_id):
            return card
        raise CatalogueError(
            f"there is no model {card_id!r}",
            hint=suggestion_hint(card_id, self._cards, "`batuta models` lists every model"),
        )

    def __contains__(self, card_id: object) -> bool:
        return card_id in self._cards

    def __iter__(self) -> Iterator[Card]:
        return iter(self._cards.values())

    def __len__(self) -> int:
        return len(self._cards)

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools with at least one model, in alphabetical order."""
        return tuple(sorted({tool for card in self for tool in card.tools}))

    def for_tool(self, tool: str) -> tuple[Card, ...]:
        """Return the models for a tool: CPU models, then GPU models, each best first."""
        return tuple(
            sorted(
                (card for card in self if tool in card.tools),
                key=lambda card: (bool(card.variants), card.quality),
            )
        )


def suggestion_hint(name: str, names: Iterable[str], default: str) -> str:
    """Return a hint with the closest names, or the default hint."""
    close = get_close_matches(name, list(names), n=3)
    return f"did you mean {' or '.join(repr(word) for word in close)}?" if close else default


def validation_text(error: ValidationError) -> str:
    """Format validation errors as `key: message (found …)`, joined by `; `."""
    return "; ".join(
        f"{'.'.join(str(step) for step in detail['loc']) or 'table'}: "
        f"{_MESSAGES.get(detail['type'], detail['msg']).removeprefix('Value error, ')}"
        + ("" if _hides_input(detail) else f" (found {detail['input']!r})")
        for detail in error.errors()
    )


_MESSAGES = {"unexpected_keyword_argument": "Extra inputs are not permitted"}
"""Messages by the type of an error, where pydantic's speak of Python."""


def _hides_input(detail: Mapping[str, Any]) -> bool:
    """Return whether an error shows no input: there is none, or it may be a key."""
    return detail["type"] == "missing" or "key" in str(detail["loc"][-1:])


def read_toml(path: Path) -> dict[str, object]:
    """Read a TOML file; CatalogueError if it is not valid TOML."""
    try:
        return cast("dict[str, object]", tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(
            f"{path} cannot be read as TOML: {error}", hint="compare it with tools/models/cards/"
        ) from error


_CARD = TypeAdapter(Card)
_KEYS_OF_THE_CATALOGUE = frozenset({"own", "weights_folder"})
"""What no card says itself."""


def _tables(path: Path) -> list[object]:
    tables = read_toml(path)
    models = tables.get("model")
    if set(tables) != {"model"} or not isinstance(models, list):
        raise CatalogueError(
            f"{path}: a catalogue file holds [[model]] tables only; found {sorted(tables)}",
            hint="compare it with tools/models/cards/",
        )
    return cast("list[object]", models)


def _read_card(path: Path, number: int, table: object, weights_folder: Path) -> Card:
    where = f"{path}: model {number}"
    if isinstance(table, dict) and "id" in table:
        where += f" ({table['id']!r})"
    try:
        card = _CARD.validate_python(_with_folder(table, weights_folder))
        _check_card(card, cast("dict[str, object]", table))
    except ValidationError as error:
        raise CatalogueError(
            f"{where}: {validation_text(error)}", hint="compare it with tools/models/cards/"
        ) from error
    except CatalogueError as error:
        raise CatalogueError(
            f"{where}: {error.message}", hint="compare it with tools/models/cards/"
        ) from error
    return card


def _check_card(card: Card, table: Mapping[str, object]) -> None:
    """Raise CatalogueError if the parts of a card do not go together."""
    if "#" in card.id:
        raise CatalogueError(f"id: only a load variant has a '#' in its name (found {card.id!r})")
    origins = bool(card.files or card.repositories), bool(card.package), bool(card.endpoint)
    if sum(origins) != 1:
        raise CatalogueError(
            "a model has either [[model.files]], a package or an endpoint; one of these"
        )
    if card.package and "memory_bytes" not in table:
        raise CatalogueError("memory_bytes: required for a model without files")
    if not all(item.sources for item in (*card.files, *card.repositories)):
        raise CatalogueError("sources: at least one is required")
    folders = [repository.folder for repository in card.repositories]
    if len(set(folders)) != len(folders):
        raise CatalogueError(f"repositories: each needs a folder of its own (found {folders})")
    names = [file.name for file in card.files]
    if len(set(names)) != len(names):
        raise CatalogueError(f"files: each needs a name of its own (found {names})")


def _with_folder(table: object, weights_folder: Path) -> object:
    """Add the folder of the weights to a table of a card and to those of its repositories."""
    if not isinstance(table, dict):
        return table
    fields = {
        key if key not in _KEYS_OF_THE_CATALOGUE else f"{key} (not for cards)": value
        for key, value in cast("dict[str, object]", table).items()
    }
    repositories = fields.get("repositories")
    if isinstance(repositories, list):
        entries = cast("list[object]", repositories)
        fields["repositories"] = [_with_folder(entry, weights_folder) for entry in entries]
    return fields | {"weights_folder": weights_folder}


@cache
def _shipped_cards(path: Path, modified_ns: int, weights_folder: Path) -> tuple[Card, ...]:
    """Read a shipped file, once unless it is modified."""
    tables = enumerate(_tables(path), 1)
    return tuple(_read_card(path, number, table, weights_folder) for number, table in tables)


def _read_user_cards(path: Path, weights_folder: Path, broken: list[BrokenCard]) -> Iterator[Card]:
    try:
        tables = _tables(path)
    except CatalogueError as error:
        broken.append(BrokenCard(str(path), error.message, error.hint))
        return
    for number, table in enumerate(tables, 1):
        try:
            yield _read_card(path, number, table, weights_folder)
        except CatalogueError as error:
            broken.append(BrokenCard(str(path), error.message, error.hint))
