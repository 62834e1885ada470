"""The messages between the front process and a worker, as lines of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

import tools.errors
from tools.errors import BatutaError, ToolError

TOKEN_VARIABLE = "BATUTA_WORKER_TOKEN"
"""The secret that workers of another machine expect with each call."""
TOKEN_HEADER = "X-Batuta-Worker-Token"
SLOT_PATH = "/slot"
"""Below the route of a deployment: ask for a slot instead of a single call."""


class _Message(BaseModel):
    # NaN and infinite numbers are results too.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class WorkerCall(_Message):
    """A call of a tool; media are references to the artifact store."""

    tool: str
    tool_version: str
    model_revision: str
    arguments: Mapping[str, Any]


class SlotLine(_Message):
    """Where the holder of a slot connects, and the secret that it sends first."""

    type: Literal["slot"] = "slot"
    host: str
    port: int
    secret: str


class ProgressLine(_Message):
    """The progress of a call, perhaps with the digest of a preview."""

    type: Literal["progress"] = "progress"
    fraction: float
    message: str = ""
    preview: str = ""


class ResultLine(_Message):
    """The result of a call, with its media as references."""

    type: Literal["result"] = "result"
    value: Any


class ErrorLine(_Message):
    """The error of a call."""

    type: Literal["error"] = "error"
    error: str
    """The name of its class in tools/errors.py."""
    message: str
    hint: str = ""
    page_hint: str = ""

    @classmethod
    def of(cls, error: BatutaError) -> ErrorLine:
        """Describe an error of a worker."""
        kind = type(error).__name__
        return cls(
            error=kind if kind in _ERRORS else ToolError.__name__,
            message=error.message,
            hint=error.hint,
            page_hint=error.page_hint,
        )

    def exception(self) -> BatutaError:
        """Return the error that the worker raised."""
        error_class = _ERRORS.get(self.error, ToolError)
        return error_class(self.message, hint=self.hint, page_hint=self.page_hint)


ReplyLine = Annotated[ProgressLine | ResultLine | ErrorLine, Field(discriminator="type")]
REPLY_LINES: TypeAdapter[ProgressLine | ResultLine | ErrorLine] = TypeAdapter(ReplyLine)

_ERRORS: Mapping[str, type[BatutaError]] = {
    name: value
    for name, value in vars(tools.errors).items()
    if isinstance(value, type) and issubclass(value, BatutaError)
}
