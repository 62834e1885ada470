"""The base class of models that run elsewhere and are called over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from tools.models.endpoint import Endpoint
from tools.sdk.model import Model


class EndpointModel(Model):
    """A model behind the endpoint of its card."""

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        """Create the model; nothing is sent before its first call."""
        raise TypeError(f"{cls.__name__} does not say how it connects")
