"""Model cards: the metadata of one model of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tools.models.checkpoint_repository import Repository
from tools.models.endpoint import Endpoint
from tools.models.load_variant import LoadVariant
from tools.models.weight_uri import Source

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


@dataclass(frozen=True)
class WeightFile:
    """One weight file: its sources, expected size and hash."""

    name: str
    format: str
    """The file extension: `onnx`, `gguf`, `safetensors`, …"""
    sources: tuple[Source, ...]
    sha256: str
    bytes: int
    archive_bytes: int
    """The download size from a registry: more than the file where its package holds other files."""

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
        return self.bytes if source.kind in ("file", "hf") else self.archive_bytes


@dataclass(frozen=True)
class Card:
    """The metadata of one model, available before it is loaded."""

    id: str
    tools: tuple[str, ...]
    adapter: str
    files: tuple[WeightFile, ...]
    package: str
    """The installed distribution that carries the weights, for a card without files."""
    settings: Mapping[str, str] = field(hash=False)
    licence: str
    commercial_use: bool
    quality: int
    """Rank among the models of the same tools; 1 is best."""
    quality_source: str
    domain: str
    languages: tuple[str, ...]
    limitations: str
    memory_bytes: int
    """An estimate; residency measures the real size."""
    weights_folder: Path
    """Where its files are kept."""
    repositories: tuple[Repository, ...] = ()
    """Whole folders of a hub, for a checkpoint of many files."""
    variants: tuple[LoadVariant, ...] = ()
    """Load variants for a GPU, the best first; empty for a model that runs on the CPU."""
    classes: tuple[str, ...] = ()
    """The library classes that its adapter loads it with."""
    accepts_only: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]], hash=False
    )
    """Arguments limited to the listed values; an empty tuple allows no value."""
    endpoint: Endpoint | None = field(default=None, hash=False)
    """Where the model answers if it runs elsewhere; such a card has no weights."""
    own: bool = False
    """Whether it is a card of the user's folder, which comes before those that ship."""

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
