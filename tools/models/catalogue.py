"""The model catalogue: cards with sources, licence, size and limitations of each model.

A card is a `[[model]]` table of a TOML file under tools/models/cards/, one file per tool, or of the
user's files in `BATUTA_HOME/catalogue/`. A user's broken card is left out and reported in
`Catalogue.broken`. Cards for a GPU are in tools/models/cards/gpu/, in files of the same names.
Keys of earlier versions (`cannot`, `only`, `forms`) are read too.

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
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)

from tools.errors import CatalogueError
from tools.models.card import Card, WeightFile
from tools.models.checkpoint_repository import Repository
from tools.models.endpoint import Endpoint
from tools.models.load_variant import LoadVariant, Offload
from tools.models.weight_uri import Source, WeightUri, parse_folder, parse_source


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
        f"{detail['msg'].removeprefix('Value error, ')}"
        + ("" if _hides_input(detail) else f" (found {detail['input']!r})")
        for detail in error.errors()
    )


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


_ENDPOINT_BYTES = 1_000_000
"""Memory of a model that runs elsewhere: that of its requests."""
_SOURCE_LINES = TypeAdapter(list[str | list[str]])
_FOLDER_LINES = TypeAdapter(list[str])


def _parse_sources(value: object) -> tuple[Source, ...]:
    return tuple(parse_source(line) for line in _SOURCE_LINES.validate_python(value))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    name: str = Field("weights", pattern=r"^\w[\w.-]*(/\w[\w.-]*)*$")
    format: str = Field(pattern=r"^[a-z0-9]+$")
    sources: Annotated[tuple[Source, ...], BeforeValidator(_parse_sources)] = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: PositiveInt
    archive_bytes: PositiveInt | None = None

    def weight_file(self) -> WeightFile:
        fields: dict[str, Any] = dict(self)
        fields["archive_bytes"] = self.archive_bytes or self.bytes
        return WeightFile(**fields)


def _parse_folders(value: object) -> tuple[WeightUri, ...]:
    return tuple(parse_folder(line) for line in _FOLDER_LINES.validate_python(value))


class _Repository(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    sources: Annotated[tuple[WeightUri, ...], BeforeValidator(_parse_folders)] = Field(min_length=1)
    files: tuple[str, ...] = Field(min_length=1)
    bytes: PositiveInt
    folder: str = Field("", pattern=r"^(\w[\w.-]*)?$")
    gated: bool = False
    branch: str = ""
    sha256: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = {}

    def repository(self, weights_folder: Path) -> Repository:
        return Repository(**dict(self), weights_folder=weights_folder)


class _LoadVariant(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dtype: Literal["float32", "bfloat16", "float16"]
    memory_bytes: PositiveInt
    offload: Offload = ""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_]+/[a-z0-9._-]+$")
    tools: tuple[str, ...] = Field(min_length=1)
    adapter: str = Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")
    files: tuple[_File, ...] = ()
    package: str = ""
    settings: dict[str, str] = {}
    licence: str = Field(min_length=1)
    commercial_use: bool
    quality: PositiveInt
    quality_source: str = Field(min_length=1)
    domain: str = "any"
    languages: tuple[str, ...] = ()
    limitations: str = Field(min_length=1, validation_alias=AliasChoices("limitations", "cannot"))
    """What it cannot do; completes a sentence that begins with "cannot"."""
    memory_bytes: PositiveInt | None = None
    repositories: tuple[_Repository, ...] = ()
    endpoint: Endpoint | None = None
    variants: tuple[_LoadVariant, ...] = Field(
        (), validation_alias=AliasChoices("variants", "forms")
    )
    classes: tuple[str, ...] = ()
    accepts_only: dict[str, tuple[str, ...]] = Field(
        {}, validation_alias=AliasChoices("accepts_only", "only")
    )

    def card(self, weights_folder: Path) -> Card:
        origins = bool(self.files or self.repositories), bool(self.package), bool(self.endpoint)
        if sum(origins) != 1:
            raise CatalogueError(
                "a model has either [[model.files]], a package or an endpoint; one of these"
            )
        if self.package and self.memory_bytes is None:
            raise CatalogueError("memory_bytes: required for a model without files")
        folders = [repository.folder for repository in self.repositories]
        if len(set(folders)) != len(folders):
            raise CatalogueError(f"repositories: each needs a folder of its own (found {folders})")
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise CatalogueError(f"files: each needs a name of its own (found {names})")
        files = tuple(file.weight_file() for file in self.files)
        repositories = tuple(entry.repository(weights_folder) for entry in self.repositories)
        variants = tuple(LoadVariant(**dict(variant)) for variant in self.variants)
        estimate = (
            variants[0].memory_bytes
            if variants
            else sum(item.bytes for item in (*files, *repositories))
        )
        fields: dict[str, Any] = dict(self)
        fields |= {"files": files, "repositories": repositories, "variants": variants}
        fields["memory_bytes"] = self.memory_bytes or estimate or _ENDPOINT_BYTES
        return Card(**fields, weights_folder=weights_folder)


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
        return _Model.model_validate(table).card(weights_folder)
    except ValidationError as error:
        problem = validation_text(error)
        raise CatalogueError(
            f"{where}: {problem}", hint="compare it with tools/models/cards/"
        ) from error
    except CatalogueError as error:
        raise CatalogueError(
            f"{where}: {error.message}", hint="compare it with tools/models/cards/"
        ) from error


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
