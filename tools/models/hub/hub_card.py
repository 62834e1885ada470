"""Make a model card of a hub repository, or say why no adapter can load it.

>>> model = client.describe("depth-anything/Depth-Anything-V2-Small-hf")
>>> propose_card(client, model, Catalogue.load(home)).table["id"]
'depth/depth-anything-v2-small-hf'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.errors import InputError
from tools.models.catalogue import Catalogue
from tools.models.hub.adapter_rules import AdapterRule, choose_rule
from tools.models.hub.checkpoint import (
    CONFIG,
    OPEN_CLIP_CONFIG,
    PIPELINE_INDEX,
    Checkpoint,
    FileSelection,
    require_library,
    select_files,
)
from tools.models.hub.hub_client import HubClient, HubModel
from tools.models.hub.rule_settings import BARK_VOICE, has_chat_template

_SPDX = {
    "agpl-3.0": "AGPL-3.0",
    "apache-2.0": "Apache-2.0",
    "bsd-3-clause": "BSD-3-Clause",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc0-1.0": "CC0-1.0",
    "creativeml-openrail-m": "CreativeML OpenRAIL-M",
    "gpl-3.0": "GPL-3.0",
    "mit": "MIT",
    "openrail++": "OpenRAIL++-M",
}
_COMMERCIAL = frozenset(_SPDX.values()) - {"CC-BY-NC-4.0"}
UNKNOWN_LICENCE = "unknown"

_LARGE_BYTES = 1_000_000_000
"""Weights above this size are held in half precision on a GPU."""
_OFFLOAD_BYTES = 3_000_000_000
_OFFLOAD_SHARE = 0.25
"""The share of the weights that is on the GPU at once while layers are moved to it in groups."""
_FULL, _HALF = 4, 2


@dataclass(frozen=True)
class CardProposal:
    """A card that is not written yet, and what its download takes."""

    model: HubModel
    rule: AdapterRule
    table: Mapping[str, Any] = field(hash=False)
    """The `[[model]]` table of the card."""
    bytes: int
    licence: str


def propose_card(
    client: HubClient,
    model: HubModel,
    catalogue: Catalogue,
    *,
    tool: str = "",
    branch: str = "",
    settings: Mapping[str, str] | None = None,
) -> CardProposal:
    """Return a card for a repository; InputError if no adapter can load it safely."""
    checkpoint = read_checkpoint(client, model)
    rule = choose_rule(checkpoint, tool)
    checkpoint = _with_other_configs(client, checkpoint, rule)
    files = select_files(checkpoint, _extra_names(checkpoint))
    size = sum(model.files[name].bytes for name in files.names)
    licence = licence_name(model.licence)
    own_settings = {**_settings(rule, checkpoint, catalogue, files), **(settings or {})}
    repository: dict[str, Any] = {
        "sources": [f"hf:{model.repository}@{model.commit}"],
        "files": list(files.names),
        "bytes": size,
        "folder": rule.folder,
        "gated": model.gated,
        "branch": branch or "main",
        "sha256": {
            name: model.files[name].sha256 for name in files.names if model.files[name].sha256
        },
    }
    companions = _companions(rule, catalogue)
    tools = rule.tools
    if rule.tools_without_template and not has_chat_template(checkpoint):
        tools = rule.tools_without_template
    table = {
        "id": card_id(model.repository, tools[0], catalogue),
        "tools": list(tools),
        "adapter": rule.adapter,
        "classes": [f"{checkpoint.library}:{checkpoint.class_name}"]
        if checkpoint.class_name
        else [],
        "settings": own_settings,
        "licence": licence,
        "commercial_use": licence in _COMMERCIAL,
        "quality": 1,
        "quality_source": "chosen by its user; not measured",
        "domain": "any",
        "languages": list(model.languages),
        "limitations": "be judged by Batuta: read its page at the hub",
        "repositories": [repository, *companions],
        "variants": _load_variants(
            _weight_bytes(model, files), model.bytes_per_weight, files.variant, rule
        ),
    }
    total = size + sum(companion["bytes"] for companion in companions)
    return CardProposal(model, rule, table, total, licence)


def read_checkpoint(client: HubClient, model: HubModel) -> Checkpoint:
    """Read the configuration that decides which adapter loads a repository."""
    library = require_library(model)
    if library == "open_clip":
        return Checkpoint(model, library, "", "", client.read_json(model, OPEN_CLIP_CONFIG))
    name = PIPELINE_INDEX if PIPELINE_INDEX in model.files else CONFIG
    config = client.read_json(model, name)
    architectures = config.get("architectures") or [""]
    class_name = config.get("_class_name") or architectures[0]
    if not isinstance(class_name, str):  # a pipeline of the repository: [file, class]
        raise InputError(
            f"{model.repository!r} loads with code of its own ({class_name!r}), which Batuta "
            "never runs",
            hint="choose a repository whose pipeline comes with diffusers: "
            "batuta models search TASK",
        )
    return Checkpoint(model, library, class_name, str(config.get("model_type") or ""), config)


def licence_name(name: str) -> str:
    """Return a licence as the shipped cards write it."""
    return _SPDX.get(name.casefold(), name) or UNKNOWN_LICENCE


def card_id(repository: str, tool: str, catalogue: Catalogue) -> str:
    """Return an id for a card that no other card has."""
    owner, _, name = repository.partition("/")
    short_id = f"{tool}/{_slug(name)}"
    if short_id not in catalogue or _is_of(repository, short_id, catalogue):
        return short_id
    return f"{tool}/{_slug(f'{owner}-{name}')}"


def _is_of(repository: str, card_id: str, catalogue: Catalogue) -> bool:
    card = catalogue[card_id]
    return card.own and any(entry.name == repository for entry in card.repositories)


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9._-]", "-", name.casefold())
    # A plan pins a model by this name, so it has to be an identifier.
    return slug if slug[0].isalpha() else f"m-{slug}"


def _with_other_configs(client: HubClient, checkpoint: Checkpoint, rule: AdapterRule) -> Checkpoint:
    names = [name for name in rule.other_configs if name in checkpoint.model.files]
    return Checkpoint(
        checkpoint.model,
        checkpoint.library,
        checkpoint.class_name,
        checkpoint.model_type,
        checkpoint.config,
        {name: client.read_json(checkpoint.model, name) for name in names},
    )


def _settings(
    rule: AdapterRule, checkpoint: Checkpoint, catalogue: Catalogue, files: FileSelection
) -> dict[str, str]:
    template = dict(catalogue[rule.template].settings) if rule.template else {}
    if not rule.folder:  # else it is the companion that has a variant
        template.pop("variant", None)
    if rule.arguments:  # any class that takes them, not the template's
        template.pop("pipeline", None)
    for read_settings in rule.settings:
        template |= read_settings(checkpoint)
    return template | ({"variant": files.variant} if files.variant else {})


def _extra_names(checkpoint: Checkpoint) -> list[str]:
    prefix = f"speaker_embeddings/{BARK_VOICE}_"
    return [name for name in checkpoint.model.files if name.startswith(prefix)]


def _companions(rule: AdapterRule, catalogue: Catalogue) -> list[dict[str, Any]]:
    if rule.companion is None:
        return []
    return [
        {
            "sources": [str(source) for source in repository.sources],
            "files": list(repository.files),
            "bytes": repository.bytes,
            "folder": repository.folder,
            "gated": repository.gated,
        }
        for repository in catalogue[rule.companion.card].repositories
        if repository.folder == rule.companion.folder
    ]


def _weight_bytes(model: HubModel, files: FileSelection) -> int:
    return sum(model.files[name].bytes for name in files.names if name.endswith(".safetensors"))


def _load_variants(
    stored_bytes: int, bytes_per_weight: float, variant: str, rule: AdapterRule
) -> list[dict[str, Any]]:
    """Return how the weights may be held on a GPU; on a CPU they are always float32."""
    weights = stored_bytes / (bytes_per_weight or (_HALF if variant else _FULL))
    half_bytes = max(1, int(weights * _HALF))
    if half_bytes < _LARGE_BYTES:
        return [{"dtype": "float32", "memory_bytes": max(1, int(weights * _FULL))}]
    variants: list[dict[str, Any]] = [{"dtype": "bfloat16", "memory_bytes": half_bytes}]
    if rule.offload and half_bytes > _OFFLOAD_BYTES:
        share = int(half_bytes * _OFFLOAD_SHARE)
        variants.append({"dtype": "bfloat16", "offload": "group", "memory_bytes": share})
    return variants
