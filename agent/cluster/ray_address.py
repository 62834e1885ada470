"""The address of a Ray cluster with the options of its deployments, as one URL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from tools.errors import InputError

LOOPBACK = "127.0.0.1"
AUTO = "auto"


@dataclass(frozen=True)
class ScalingOptions:
    """How the deployments of a cluster scale; the same for each model."""

    min_replicas: int = 0
    """Replicas that stay loaded while nothing is asked of a model."""
    max_replicas: int = 2
    batch: int = 8
    """Items that a model may process at once, if its adapter can."""
    wait_ms: int = 10
    """How long the first item of a batch waits for others."""
    cpus: float = 1.0
    """CPU cores that a replica reserves."""
    idle_seconds: int = 300
    """How long a replica stays without a call."""
    http_port: int = 8000
    """The port of Ray Serve's HTTP proxy."""


@dataclass(frozen=True)
class RayAddress:
    """A Ray cluster: the one of this machine, or the server of Ray Client on another."""

    host: str
    client_port: int = 10001
    options: ScalingOptions = ScalingOptions()

    @classmethod
    def parse(cls, url: str) -> RayAddress:
        """Read `ray://auto` or `ray://HOST:PORT`, with options such as `?max_replicas=4`."""
        try:
            parts = urlsplit(url)
            port = parts.port or cls.client_port
        except ValueError as error:
            raise _no_address(url) from error
        if parts.scheme != "ray" or not parts.hostname or not _is_bare(parts):
            raise _no_address(url)
        return cls(parts.hostname, port, _scaling_options(parts.query))

    @property
    def is_local(self) -> bool:
        """Whether it is the cluster of this machine."""
        return self.host == AUTO

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can reach the cluster at this address."""
        return self.is_local or self.host in (LOOPBACK, "localhost")

    @property
    def ray(self) -> str:
        """The address as Ray's API takes it."""
        return AUTO if self.is_local else f"ray://{self.host}:{self.client_port}"

    @property
    def http(self) -> str:
        """The address of Ray Serve's HTTP proxy."""
        return f"http://{LOOPBACK if self.is_local else self.host}:{self.options.http_port}"


def _is_bare(parts: SplitResult) -> bool:
    return parts.path in ("", "/") and not (parts.username or parts.fragment)


def _no_address(url: str) -> InputError:
    return InputError(
        f"{url!r} is not the address of a Ray cluster; allowed are ray://auto and ray://HOST:PORT",
        hint="for example: --workers ray://auto, after: ray start --head",
    )


def _scaling_options(query: str) -> ScalingOptions:
    defaults = ScalingOptions()
    kinds = {item.name: type(getattr(defaults, item.name)) for item in fields(defaults)}
    changes: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        changes[name] = _number(name, text, kinds)
    options = replace(defaults, **changes)
    if options.max_replicas < max(options.min_replicas, 1) or not options.batch:
        raise InputError(
            f"the cluster's options {query!r} contradict each other: max_replicas and batch are "
            "at least 1, and max_replicas is at least min_replicas",
            hint="for example: --workers 'ray://auto?min_replicas=1&max_replicas=4'",
        )
    return options


def _number(name: str, text: str, kinds: Mapping[str, type[int | float]]) -> int | float:
    try:
        number = kinds[name](text)
    except (KeyError, ValueError):
        number = -1
    if not 0 <= number < math.inf:
        raise InputError(
            f"{name + '=' + text!r} is not an option of a cluster; allowed are NAME=NUMBER with "
            f"the names {', '.join(kinds)}",
            hint="for example: --workers 'ray://auto?max_replicas=4&batch=16'",
        )
    return number
