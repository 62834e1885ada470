"""Profiles: which models of the catalogue are used, from which sources, in how much memory.

`offline` is shipped with Batuta. User profiles are TOML files of the same schema: in
`BATUTA_HOME/profiles/`, named after the file, or anywhere, given by path. Keys of earlier versions
(`none`, `small`, `card_bytes`) are read too.

>>> profile = Profile.load("offline", Catalogue.load(Path("~/.batuta").expanduser()))
>>> [card.id for card in profile.cards_for("detect")]
['detect/yolox-nano']
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
)

from tools.errors import CatalogueError, SourceError
from tools.models.card import LANGUAGE_MODEL, TRAIN_JOINT, Card
from tools.models.catalogue import Catalogue, read_toml, suggestion_hint, validation_text
from tools.models.download import plan_pull
from tools.models.endpoint import ENDPOINT
from tools.models.load_variant import LoadVariant
from tools.models.weight_uri import KINDS, SourceKind
from tools.operating_system import physical_memory_bytes

CPU = "cpu"
AllowedSource = Literal["hf", "pypi", "npm", "file", "shipped", "endpoint"]
_ALL_SOURCES: tuple[AllowedSource, ...] = (*KINDS, ENDPOINT)
_SHIPPED_PROFILES = Path(__file__).with_name("profiles")

AUTO_MEMORY_FRACTION = 0.5
"""The share of physical memory that `memory = "auto"` uses; the rest is for other programs."""


@dataclass(frozen=True)
class Profile:
    """A selection of models and their limits: device, memory, sources, licences."""

    name: str
    summary: str
    device: str
    memory_bytes: int
    gpu_memory_bytes: int
    """The memory of the GPU that it requires; 0 for any."""
    language_model: str
    """The model that plans."""
    text_model: str
    """The model that writes summaries, translations and replies."""
    sources: frozenset[AllowedSource]
    missing_clients: frozenset[SourceKind]
    """Allowed sources whose client is not installed here."""
    licences: frozenset[str] | None
    """The allowed licences; None allows every licence of the catalogue."""
    fetch_limit_bytes: int | None
    """The weights that a run may fetch for a model without consent; None for any size."""
    models: Mapping[str, tuple[str, ...]] = field(hash=False)
    unsupported: Mapping[str, str] = field(hash=False)
    """The reason, by tool, for having no model."""
    fallback_reasons: Mapping[str, str] = field(hash=False)
    """The reason, by tool, for having no model made for this device, only a CPU model or none."""
    catalogue: Catalogue = field(repr=False, hash=False, compare=False)
    is_shipped: bool = False
    """Whether it comes with Batuta; what a user's own profile names is used as it says."""

    @classmethod
    def load(cls, name: str, catalogue: Catalogue) -> Profile:
        """Load the profile of that name, or from that path."""
        path = _profile_path(name, catalogue.home)
        try:
            spec = _Profile.model_validate(read_toml(path))
        except ValidationError as error:
            raise CatalogueError(
                f"{path}: {validation_text(error)}", hint="compare it with tools/models/profiles/"
            ) from error
        for tool, ids in spec.models.items():
            for card_id in ids:
                _check_model(path, tool, card_id, catalogue)
        named_tools = {tool for tool, ids in spec.models.items() if ids}
        if conflicts := sorted(set(spec.unsupported) & named_tools):
            raise CatalogueError(
                f"{path}: unsupported.{conflicts[0]}: models are named for it as well"
            )
        missing_clients = _missing_clients().intersection(spec.sources)
        return cls(
            name=path.stem,
            summary=spec.summary,
            device=spec.device,
            memory_bytes=_auto_bytes() if spec.memory == "auto" else spec.memory,
            gpu_memory_bytes=spec.gpu_memory_bytes,
            language_model=spec.language_model,
            text_model=spec.text_model or spec.language_model,
            sources=frozenset(spec.sources) - missing_clients,
            missing_clients=missing_clients,
            licences=None if spec.licences is None else frozenset(spec.licences),
            fetch_limit_bytes=spec.fetch_limit,
            models=spec.models,
            unsupported=spec.unsupported,
            fallback_reasons=spec.fallback_reasons,
            catalogue=catalogue,
            is_shipped=path.parent == _SHIPPED_PROFILES,
        )

    @property
    def budgets(self) -> Mapping[str, int]:
        """The memory budget of each device in bytes, the preferred device first."""
        if self.device == CPU:
            return {CPU: self.memory_bytes}
        return {self.device: self.memory_bytes, CPU: _auto_bytes()}

    def device_of(self, card: Card) -> str:
        """Return the device for a model: the profile's if its card has load variants."""
        return self.device if card.variants else CPU

    def card(self, card_id: str) -> Card:
        """Return a card with the allowed sources; CatalogueError if it may not be used.

        Of several load variants, use the first that fits the memory of this profile, or the one
        named after a `#`, as in `draw/sdxl#bfloat16-group`.
        """
        model_id, _, variant_name = card_id.partition("#")
        card = self.select_variant(self.catalogue[model_id], variant_name)
        if self.licences is not None and card.licence not in self.licences:
            raise CatalogueError(
                f"the profile {self.name!r} does not allow the licence {card.licence!r} of "
                f"{card_id!r}; it allows {', '.join(sorted(self.licences)) or 'none'}",
                hint="choose another model or another profile",
            )
        allowed = replace(
            card,
            repositories=tuple(
                replace(
                    repository,
                    sources=tuple(
                        source for source in repository.sources if source.kind in self.sources
                    ),
                )
                # What the user added and has here needs no source.
                if not (card.own and repository.present)
                else repository
                for repository in card.repositories
            ),
            files=tuple(
                replace(file, sources=tuple(s for s in file.sources if s.kind in self.sources))
                for file in card.files
            ),
        )
        if card.endpoint and ENDPOINT not in self.sources:
            raise CatalogueError(
                f"the profile {self.name!r} does not allow {card_id!r}, which runs at "
                f"{card.endpoint.host}",
                hint=f"add {ENDPOINT!r} to `sources` of a profile of your own",
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
        """Return the usable models for a tool, in the order to try them.

        Where the profile names none, every model of the catalogue is a candidate: on a GPU those
        made for a GPU first, on a CPU only those made for a CPU. In a profile that ships, models
        that the user added from a hub come before all others; one trained here is chosen by name,
        and so is one that runs elsewhere.
        """
        cards = self.catalogue.for_tool(tool)
        own = [card.id for card in cards if card.own and card.repositories]
        chosen = self.models.get(tool)
        if self.is_shipped and own:
            others = chosen or (() if tool in self.unsupported else self._candidates(tool))
            return tuple(self._usable(dict.fromkeys([*own, *others])))
        if tool in self.unsupported:
            return ()
        return tuple(self._usable(self._candidates(tool) if chosen is None else chosen))

    def _candidates(self, tool: str) -> tuple[str, ...]:
        """Return every model of the catalogue that this device can run, the best first."""
        cards = [card for card in self.catalogue.for_tool(tool) if not card.endpoint]
        on_gpu = [card.id for card in cards if card.variants] if self.device != CPU else []
        return (*on_gpu, *(card.id for card in cards if not card.variants))

    def smaller_variants(self, card: Card) -> tuple[Card, ...]:
        """Return the model in each load variant smaller than the card's own."""
        smaller = [
            variant
            for variant in self._variants(self.catalogue[card.id])
            if variant.memory_bytes < min(card.memory_bytes, self.memory_bytes + 1)
        ]
        return tuple(self.card(f"{card.id}#{form.name}") for form in smaller)

    def require_consent(self, card: Card) -> None:
        """Raise SourceError if the card's weights are too large to fetch without consent."""
        size = sum(item.download_bytes for item in plan_pull([card]) if not item.present)
        if self.fetch_limit_bytes is None or size <= self.fetch_limit_bytes:
            return
        raise SourceError(
            f"{card.id!r} is not here yet: {size / 1e9:.1f} GB under the licence {card.licence}, "
            f"which `batuta models pull --profile {self.name}` fetches",
            hint=f"fetch it with: batuta models pull --profile {self.name}",
            page_hint="ask whoever runs this server to fetch it, or approve the plan when asked",
        )

    def require_consent_to_send(self, card: Card) -> None:
        """Raise SourceError if the model runs elsewhere and its card does not trust that."""
        if card.endpoint is None or card.endpoint.trusted:
            return
        raise SourceError(
            f"{card.id!r} runs at {card.endpoint.host}, and nothing is sent there without consent",
            hint="approve a plan that uses it, or set `trusted = true` in its card",
            page_hint="approve the plan when asked",
        )

    def offers(self, tool: str) -> bool:
        """Return whether this profile has a model for the tool."""
        return bool(self.cards_for(tool))

    def required_cards(self) -> tuple[Card, ...]:
        """Return what `models pull` fetches: each tool's first model, and the language model."""
        excluded = (LANGUAGE_MODEL, TRAIN_JOINT)
        tools = [tool for tool in self.catalogue.tools if tool not in excluded]
        required = {cards[0].id: cards[0] for tool in tools if (cards := self.cards_for(tool))}
        cards = (self._card_of(name) for name in (self.language_model, self.text_model))
        required |= {card.id: card for card in cards if card}
        return tuple(required.values())

    @property
    def language_model_card(self) -> Card | None:
        """The card of the language model; None for a user's file or a server."""
        return self._card_of(self.language_model)

    def _card_of(self, language_model: str) -> Card | None:
        provider, _, model = language_model.partition(":")
        card_id = f"llm/{model}"
        local = provider == "local" and card_id in self.catalogue
        return self.card(card_id) if local else None

    def _variants(self, card: Card) -> tuple[LoadVariant, ...]:
        """Return the card's load variants for this device, the largest first.

        On a CPU there is nothing to offload to, most kernels are made for float32, and of the
        smaller formats only bfloat16 has all of them.
        """
        if self.device != CPU:
            return card.variants
        whole = [form for form in card.variants if not form.offload]
        full = [form.in_float32() for form in whole[:1]]
        return (*full, *(form for form in whole if form.dtype == "bfloat16"))

    def select_variant(self, card: Card, variant_name: str = "") -> Card:
        """Return the card in one load variant, by default the first that fits the memory."""
        variants = self._variants(card)
        if not card.variants:
            return card
        fitting = [variant for variant in variants if variant.memory_bytes <= self.memory_bytes]
        if not variant_name and not fitting:
            smallest_bytes = min((form.memory_bytes for form in variants), default=0)
            raise CatalogueError(
                f"{card.id!r} takes {smallest_bytes:,} bytes in its smallest variant; the profile "
                f"{self.name!r} has {self.memory_bytes:,}",
                hint="choose another model, or a profile with more memory",
            )
        if not variant_name:
            return card.with_variant(fitting[0])
        matches = [form for form in variants if form.name == variant_name]
        if not matches:
            raise CatalogueError(
                f"{card.id!r} has no load variant {variant_name!r}; it has "
                + ", ".join(form.name for form in variants),
                hint="name one of these, or the model alone",
            )
        return replace(card.with_variant(matches[0]), id=f"{card.id}#{variant_name}")

    def _usable(self, ids: Iterable[str]) -> Iterable[Card]:
        for card_id in ids:
            try:
                yield self.card(card_id)
            except CatalogueError:
                continue


def profile_names(home: Path) -> tuple[str, ...]:
    """Return the names of the shipped profiles and of those in a home folder."""
    return tuple(sorted(_profile_paths(home)))


class _Profile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    summary: str = Field(min_length=1)
    device: str = Field("cpu", pattern=r"^(cpu|mps|(cuda|xpu)(:\d+)?)$")
    memory: Literal["auto"] | PositiveInt = "auto"
    gpu_memory_bytes: NonNegativeInt = Field(
        0, validation_alias=AliasChoices("gpu_memory_bytes", "card_bytes")
    )
    language_model: str = Field(pattern=r"^[a-z]+:.+$")
    text_model: str = Field("", pattern=r"^([a-z]+:.+)?$")
    sources: tuple[AllowedSource, ...] = _ALL_SOURCES
    licences: tuple[str, ...] | None = None
    fetch_limit: PositiveInt | None = None
    mcp_servers: str = ""
    models: dict[str, tuple[str, ...]] = {}
    unsupported: dict[str, str] = Field({}, validation_alias=AliasChoices("unsupported", "none"))
    fallback_reasons: dict[str, str] = Field(
        {}, validation_alias=AliasChoices("fallback_reasons", "small")
    )


def mcp_servers_of(name: str, home: Path) -> Path | None:
    """Return the file of MCP servers that a profile names, relative to the profile's folder."""
    path = _profile_path(name, home)
    servers = read_toml(path).get("mcp_servers")
    # A value of another type is an error of the profile, which is reported when it is loaded.
    return (
        path.parent / Path(servers).expanduser() if servers and isinstance(servers, str) else None
    )


def _profile_paths(home: Path) -> dict[str, Path]:
    folders = (home / "profiles", _SHIPPED_PROFILES)
    # The shipped ones last: `offline` means the same on every machine.
    return {path.stem: path for folder in folders for path in folder.glob("*.toml")}


def _profile_path(name: str, home: Path) -> Path:
    paths = _profile_paths(home)
    if name in paths:
        return paths[name]
    if (path := Path(name).expanduser()).suffix == ".toml" and path.is_file():
        return path
    raise CatalogueError(
        f"there is no profile {name!r}; there are {', '.join(sorted(paths))}",
        hint=suggestion_hint(
            name, paths, f"give a path to a TOML file, or put one into {home / 'profiles'}"
        ),
    )


def _check_model(path: Path, tool: str, card_id: str, catalogue: Catalogue) -> None:
    try:
        card = catalogue[card_id]
    except CatalogueError as error:
        raise CatalogueError(f"{path}: models.{tool}: {error.message}", hint=error.hint) from error
    if tool not in card.tools:
        raise CatalogueError(
            f"{path}: models.{tool}: {card_id!r} performs {', '.join(card.tools)}",
            hint=f"name models that perform {tool!r}, or leave the line out to take any",
        )


def _missing_clients() -> frozenset[SourceKind]:
    """Return the kinds of source whose client is not installed."""
    return frozenset() if shutil.which("npm") else frozenset({"npm"})


def _auto_bytes() -> int:
    return int(physical_memory_bytes() * AUTO_MEMORY_FRACTION)
