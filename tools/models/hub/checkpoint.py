"""A published checkpoint: its configuration and the files that a library needs of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from tools.errors import InputError
from tools.models.hub.hub_client import HubModel

Library = Literal["transformers", "diffusers", "open_clip"]

PIPELINE_INDEX = "model_index.json"
OPEN_CLIP_CONFIG = "open_clip_config.json"
CONFIG = "config.json"

_SAFE_NAME = re.compile(r"\w[\w.+-]*(/\w[\w.+-]*)*")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".th")
_WEIGHTS = ".safetensors"
_TEXT = (".json", ".txt", ".jinja", ".model")
"""Configurations, vocabularies and templates; `.model` is a table of SentencePiece."""
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_HALF = "fp16"


@dataclass(frozen=True)
class Checkpoint:
    """A repository with the configuration that decides which adapter loads it."""

    model: HubModel
    library: Library
    class_name: str
    model_type: str
    config: Mapping[str, Any] = field(hash=False)
    """Its main configuration; empty where only a search has seen it."""
    other_configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    """Further configurations by file name, such as `preprocessor_config.json`."""

    def value(self, name: str, key: str, default: object = None) -> Any:
        """Return a value of a further configuration."""
        return self.other_configs.get(name, {}).get(key, default)


def library_of(model: HubModel) -> Library | None:
    """Return the library that reads the repository's layout."""
    if PIPELINE_INDEX in model.files:
        return "diffusers"
    if OPEN_CLIP_CONFIG in model.files:
        return "open_clip"
    if CONFIG in model.files:
        # A single network of diffusers, such as a ControlNet, has a config.json too.
        return "diffusers" if not model.model_type and _has_network_file(model) else "transformers"
    return None


def require_library(model: HubModel) -> Library:
    """Return the library that reads the repository's layout; InputError if none does."""
    if library := library_of(model):
        return library
    raise InputError(
        f"{model.repository!r} has neither {CONFIG} nor {PIPELINE_INDEX} nor {OPEN_CLIP_CONFIG}: "
        "no library that Batuta uses can load it"
        + (f" (the hub files it under {model.library!r})" if model.library else ""),
        hint=f"choose another: batuta models search {model.task or 'TASK'}",
    )


def checkpoint_from_search(model: HubModel) -> Checkpoint:
    """Return what a search knows of a checkpoint, without reading its files."""
    return Checkpoint(model, require_library(model), model.class_name, model.model_type, {})


@dataclass(frozen=True)
class FileSelection:
    """The files of a repository that a library reads."""

    names: tuple[str, ...]
    variant: str = ""
    """`fp16` where the weights are stored in half precision beside or instead of full."""


def select_files(checkpoint: Checkpoint, extra_names: Iterable[str] = ()) -> FileSelection:
    """Return the files to fetch; InputError if there are no safetensors weights."""
    model = checkpoint.model
    selection = (
        _pipeline_files(checkpoint)
        if PIPELINE_INDEX in model.files and checkpoint.library == "diffusers"
        else FileSelection(_folder_files(model, "", checkpoint.library))
    )
    names = (*selection.names, *(name for name in extra_names if name in model.files))
    for name in names:
        if not _SAFE_NAME.fullmatch(name):
            raise InputError(
                f"{model.repository!r} names a file {name!r}, which is no plain file name",
                hint="choose another repository: batuta models search TASK",
            )
    return FileSelection(tuple(sorted(set(names))), selection.variant)


def _pipeline_files(checkpoint: Checkpoint) -> FileSelection:
    model = checkpoint.model
    components = [
        name
        for name, value in checkpoint.config.items()
        if not name.startswith("_") and isinstance(value, list) and all(value)
    ] or sorted({_parent(name) for name in model.files if _parent(name)})
    weighted = [name for name in components if any(_weights_below(model, name))]
    variant = (
        _HALF
        if weighted
        and all(
            any(_variant_of(file) == _HALF for file in _weights_below(model, name))
            for name in weighted
        )
        else ""
    )
    names = [PIPELINE_INDEX]
    for component in components:
        names += _folder_files(model, component, "diffusers", variant)
    return FileSelection(tuple(names), variant)


def _folder_files(
    model: HubModel, folder: str, library: Library, variant: str = ""
) -> tuple[str, ...]:
    """Return the configurations and weights of one folder, not of those below it."""
    inside = [name for name in model.files if _parent(name) == folder]
    texts = [name for name in inside if name.endswith(_TEXT)]
    weights = [
        name
        for name in inside
        if name.endswith(_WEIGHTS) and _variant_of(name) == variant and _is_main(name, library)
    ]
    pickles = [name for name in inside if name.endswith(_PICKLES)]
    if not weights and (pickles or not folder):
        raise _missing_weights(model, folder, pickles)
    # Weights in one file are preferred to the same in shards.
    whole = [name for name in weights if not _SHARD.search(_stem(name))]
    if library == "open_clip":
        texts = [name for name in texts if name != CONFIG]
    return (*texts, *(whole or weights))


def _is_main(name: str, library: Library) -> bool:
    """Return whether a file has the name that the library looks for."""
    stem = _SHARD.sub("", _stem(name)).removesuffix(f".{_HALF}")
    if library == "open_clip":
        return stem in ("open_clip_model", "open_clip_pytorch_model")
    return stem in ("model", "diffusion_pytorch_model", "pytorch_model")


def _missing_weights(model: HubModel, folder: str, pickles: list[str]) -> InputError:
    where = f"the folder {folder!r} of {model.repository!r}" if folder else repr(model.repository)
    hint = 'choose a repository with .safetensors files: batuta models search "TASK"'
    if pickles:
        return InputError(
            f"{where} has its weights only as a pickle ({pickles[0]}), which can run code when it "
            "is loaded",
            hint=f"{hint}; its makers can convert it at {'https://huggingface.co'}"
            "/spaces/safetensors/convert",
        )
    return InputError(f"{where} has no weights in .safetensors files", hint=hint)


def _weights_below(model: HubModel, folder: str) -> Iterator[str]:
    return (name for name in model.files if _parent(name) == folder and name.endswith(_WEIGHTS))


def _variant_of(name: str) -> str:
    suffix = _SHARD.sub("", _stem(name)).rpartition(".")[2]
    return suffix if suffix == _HALF else ""


def _has_network_file(model: HubModel) -> bool:
    return any(_stem(name).startswith("diffusion_pytorch_model") for name in model.files)


def _parent(name: str) -> str:
    parent = str(PurePosixPath(name).parent)
    return "" if parent == "." else parent


def _stem(name: str) -> str:
    return PurePosixPath(name).stem
