"""A profile: which models of the catalogue this machine uses, from where, and in how much memory.

`offline` comes with Batuta. A person's own are TOML files of the same form in
`BATUTA_HOME/profiles/`, named after their file, or anywhere, given by path.

>>> profile = Profile.load("offline", Catalogue.load())
>>> [card.id for card in profile.cards_for("detect")]
['detect/yolox-nano']
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from tools.address import KINDS, Kind
from tools.card import LANGUAGE_MODEL, Card
from tools.cards import Catalogue, near, read_toml, validation_text
from tools.errors import CatalogueError
from tools.home import home

AUTO_MEMORY_FRACTION = 0.5
"""What `memory = "auto"` takes of the physical memory; the rest is for the person's programs."""


@dataclass(frozen=True)
class Profile:
    """A choice of models, and the limits within which they run."""

    name: str
    summary: str
    device: str
    memory_bytes: int
    language_model: str
    sources: frozenset[Kind]
    licences: frozenset[str] | None
    """Those allowed; None allows every licence of the catalogue."""
    models: Mapping[str, tuple[str, ...]] = field(hash=False)
    catalogue: Catalogue = field(repr=False, hash=False, compare=False)

    @classmethod
    def load(cls, name: str, catalogue: Catalogue) -> Profile:
        """The profile of that name, or in the file of that path."""
        path = _find(name)
        try:
            told = _Profile.model_validate(read_toml(path))
        except ValidationError as error:
            raise CatalogueError(
                f"{path}: {validation_text(error)}", hint="compare it with tools/profiles/"
            ) from error
        for tool, ids in told.models.items():
            for card_id in ids:
                _check_choice(path, tool, card_id, catalogue)
        return cls(
            name=path.stem,
            summary=told.summary,
            device=told.device,
            memory_bytes=_auto_bytes() if told.memory == "auto" else told.memory,
            language_model=told.language_model,
            sources=frozenset(told.sources) - _without_client(),
            licences=None if told.licences is None else frozenset(told.licences),
            models=told.models,
            catalogue=catalogue,
        )

    def card(self, card_id: str) -> Card:
        """That card with the sources this profile allows; CatalogueError if it may not be used."""
        card = self.catalogue[card_id]
        if self.licences is not None and card.licence not in self.licences:
            raise CatalogueError(
                f"the profile {self.name!r} does not allow the licence {card.licence!r} of "
                f"{card_id!r}; it allows {', '.join(sorted(self.licences)) or 'none'}",
                hint="choose another model or another profile",
            )
        allowed = replace(
            card,
            files=tuple(
                replace(file, sources=tuple(s for s in file.sources if s.kind in self.sources))
                for file in card.files
            ),
        )
        if not allowed.available:
            raise CatalogueError(
                f"the profile {self.name!r} has no way to get {card_id!r}: it allows "
                f"{', '.join(sorted(self.sources)) or 'no sources'}"
                + (f", and the package {card.package!r} is not installed" if card.package else ""),
                hint="choose another model or another profile",
            )
        return allowed

    def cards_for(self, tool: str) -> tuple[Card, ...]:
        """The models to try for a tool, in order; those this profile may not use are left out."""
        chosen = self.models.get(tool)
        ids = chosen if chosen is not None else [card.id for card in self.catalogue.for_tool(tool)]
        return tuple(self._usable(ids))

    def offers(self, tool: str) -> bool:
        """Whether some model can perform the tool under this profile."""
        return bool(self.cards_for(tool))

    def needed(self) -> tuple[Card, ...]:
        """What `models pull` brings: each tool's first model, and the language model's file."""
        tools = [tool for tool in self.catalogue.tools if tool != LANGUAGE_MODEL]
        needed = {cards[0].id: cards[0] for tool in tools if (cards := self.cards_for(tool))}
        provider, _, model = self.language_model.partition(":")
        if provider == "local" and (card_id := f"llm/{model}") in self.catalogue:
            needed[card_id] = self.card(card_id)
        return tuple(needed.values())

    def _usable(self, ids: Iterable[str]) -> Iterable[Card]:
        for card_id in ids:
            try:
                yield self.card(card_id)
            except CatalogueError:
                continue


def profile_names() -> tuple[str, ...]:
    """The profiles that can be named: those that come with Batuta and the person's own."""
    return tuple(sorted(_named()))


class _Profile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    summary: str = Field(min_length=1)
    device: str = Field("cpu", pattern=r"^(cpu|cuda(:\d+)?)$")
    memory: Literal["auto"] | PositiveInt = "auto"
    language_model: str = Field(pattern=r"^[a-z]+:.+$")
    sources: tuple[Kind, ...] = KINDS
    licences: tuple[str, ...] | None = None
    models: dict[str, tuple[str, ...]] = {}


def _named() -> dict[str, Path]:
    folders = (home() / "profiles", Path(__file__).with_name("profiles"))
    # The shipped ones last: `offline` means the same on every machine.
    return {path.stem: path for folder in folders for path in folder.glob("*.toml")}


def _find(name: str) -> Path:
    named = _named()
    if name in named:
        return named[name]
    if (path := Path(name).expanduser()).suffix == ".toml" and path.is_file():
        return path
    raise CatalogueError(
        f"there is no profile {name!r}; there are {', '.join(sorted(named))}",
        hint=near(
            name, named, f"give a path to a TOML file, or put one into {home() / 'profiles'}"
        ),
    )


def _check_choice(path: Path, tool: str, card_id: str, catalogue: Catalogue) -> None:
    try:
        card = catalogue[card_id]
    except CatalogueError as error:
        raise CatalogueError(f"{path}: models.{tool}: {error.message}", hint=error.hint) from error
    if tool not in card.tools:
        raise CatalogueError(
            f"{path}: models.{tool}: {card_id!r} performs {', '.join(card.tools)}",
            hint=f"name models that perform {tool!r}, or leave the line out to take any",
        )


def _without_client() -> frozenset[Kind]:
    """The kinds of source this machine has no program for; models only they have are left out."""
    return frozenset() if shutil.which("npm") else frozenset({"npm"})


def _auto_bytes() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(physical * AUTO_MEMORY_FRACTION)
