"""Where a model of a card answers that runs elsewhere, and what a call of it may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

ENDPOINT = "endpoint"
"""The source that a profile has to allow for models that run elsewhere."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Parameter = str | int | float | bool


class Endpoint(BaseModel):
    """An HTTP service compatible with OpenAI's API."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """The base of its paths; most end with /v1."""
    model: Annotated[str, Field(min_length=1)]
    """The name of the model there."""
    key_variable: str = Field("", pattern=r"^([A-Z][A-Z0-9_]*)?$")
    """The environment variable that holds the key; none if empty."""
    trusted: bool = False
    """Whether data may be sent to it without approval of the plan."""
    timeout_s: PositiveFloat = 300
    """The time limit of a call."""
    request_bytes: PositiveInt = 25_000_000
    response_bytes: PositiveInt = 50_000_000
    price_usd: NonNegativeFloat = 0
    """What one call costs, for the estimate of a plan."""
    parameters: Mapping[str, Parameter] = Field(default_factory=dict[str, Parameter])
    """Further fields of each request."""

    @model_validator(mode="after")
    def _check_url(self) -> Endpoint:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url begins with https:// or http:// and a host name")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("url holds neither a user name nor a query nor a fragment")
        if self.key_variable and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("a key is only sent with https, or to this machine")
        return self

    @property
    def host(self) -> str:
        """The host and port, as people know them."""
        return urlsplit(self.url).netloc

    @property
    def identity(self) -> str:
        """What its results depend on."""
        parameters = " ".join(f"{key}={value}" for key, value in sorted(self.parameters.items()))
        return f"{self.url.rstrip('/')} {self.model} {parameters}".rstrip()
