"""Which deployments a profile needs, and what each reserves."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from agent.cluster.ray_address import LOOPBACK, RayAddress, ScalingOptions
from agent.runtime.session import Session
from tools.errors import BatutaError, CatalogueError
from tools.models.card import Card
from tools.models.profile import CPU, Profile
from tools.models.residency.card_loader import import_adapter

MIN_CALLS = 4


class WorkerSettings(BaseModel):
    """What a worker needs to run tools as the front process would."""

    model_config = ConfigDict(frozen=True)

    profile: str
    tool_files: tuple[Path, ...]
    artifacts: str
    """The URL of the artifact store that all processes share."""


class ModelDeployment(BaseModel):
    """The deployment of one model."""

    model_config = ConfigDict(frozen=True)

    model: str
    application: str
    route: str
    revision: str
    gpus: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of a GPU that a replica reserves."""
    calls_at_once: PositiveInt
    """The calls that a replica accepts; others wait for the first replica that is free."""


class DeploymentRequest(BaseModel):
    """Everything to deploy, as the front process asks for it."""

    model_config = ConfigDict(frozen=True)

    ray_address: str
    http_host: str
    http_port: int
    min_replicas: int
    max_replicas: int
    batch: int
    wait_ms: int
    cpus: float
    idle_seconds: int
    settings: WorkerSettings
    deployments: tuple[ModelDeployment, ...]


def plan_deployments(
    session: Session, tool_files: Sequence[Path], address: RayAddress
) -> DeploymentRequest:
    """Return the deployments of all models of a profile that have weights."""
    settings = WorkerSettings(
        profile=session.profile.name,
        tool_files=tuple(path.resolve() for path in tool_files),
        artifacts=session.store.url,
    )
    options = address.options
    cards = _cards_of_tools(session)
    # Front processes with the same models, code and options share deployments; others have theirs.
    prefix = "batuta-" + _digest(
        version("batuta"),
        settings.model_dump_json(),
        repr(options),
        *(f"{card.id} {card.revision}" for card in cards),
        *sorted(f"{tool.name} {tool.version}" for tool in session.registry.values()),
    )
    return DeploymentRequest(
        ray_address=address.ray,
        http_host=LOOPBACK if address.is_loopback else "0.0.0.0",
        http_port=options.http_port,
        min_replicas=options.min_replicas,
        max_replicas=options.max_replicas,
        batch=options.batch,
        wait_ms=options.wait_ms,
        cpus=options.cpus,
        idle_seconds=options.idle_seconds,
        settings=settings,
        deployments=tuple(_deployment(card, session.profile, prefix, options) for card in cards),
    )


def _cards_of_tools(session: Session) -> list[Card]:
    """Return the models of all tools, without those that answer at an endpoint."""
    cards: dict[str, Card] = {}
    for tool in session.registry.values():
        if tool.model_class is not None:
            for card in session.profile.cards_for(tool.name):
                if card.endpoint is None:
                    cards.setdefault(card.id, card)
    return [cards[model] for model in sorted(cards)]


def _deployment(
    card: Card, profile: Profile, prefix: str, options: ScalingOptions
) -> ModelDeployment:
    name = re.sub(r"[^a-z0-9]+", "-", card.id.lower())
    application = f"{prefix}-{name}"
    return ModelDeployment(
        model=card.id,
        application=application,
        route=f"/{application}",
        revision=card.revision,
        gpus=gpu_share(card, profile),
        # Enough to fill a batch while another is computed, or to have the next calls ready: Serve
        # may take half a second to notice that a replica is free.
        calls_at_once=max(2 * options.batch if _has_batches(card) else 0, MIN_CALLS),
    )


def _has_batches(card: Card) -> bool:
    try:
        return bool(import_adapter(card).batched_methods)
    except CatalogueError:  # the worker reports it to those who call the model
        return False


def gpu_share(card: Card, profile: Profile) -> float:
    """Return the part of a GPU that a model fills, in hundredths rounded up."""
    device = profile.device_of(card)
    if device == CPU:
        return 0.0
    budget = profile.budgets[device]
    return min(math.ceil(100 * card.memory_bytes / budget) / 100, 1.0)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class WorkerRoute:
    """Where the calls of a model go, and how many its replicas accept together at most."""

    path: str
    calls: int = MIN_CALLS


def routes_of(request: DeploymentRequest) -> Mapping[str, WorkerRoute]:
    """Return the route of each model's deployment, by model."""
    return {
        item.model: WorkerRoute(item.route, request.max_replicas * item.calls_at_once)
        for item in request.deployments
    }


class DeploymentError(BatutaError):
    """The cluster cannot be reached, or a model cannot be deployed."""
