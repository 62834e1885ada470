"""Why a request failed, in kinds that fit every agent."""

from __future__ import annotations

from enum import StrEnum

from evals.harness.attempt import Attempt
from tools.errors import BadArgument, BatutaError


class PeerFailure(StrEnum):
    """The kinds of failure of a request."""

    UNPARSABLE = "unparsable output"
    """Output that is not in the agent's format, or that its own checks refuse."""
    UNKNOWN_TOOL = "unknown tool"
    WRONG_ARGUMENT = "wrong argument"
    TOOL_ERROR = "tool error"
    TOO_MANY_STEPS = "too many steps"
    NO_ANSWER = "no answer"
    WRONG_ANSWER = "wrong answer"
    """The agent answered without an error, and the answer is wrong."""


class PeerError(BatutaError):
    """A step of a peer failed."""

    def __init__(self, kind: PeerFailure, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind

    @classmethod
    def from_error(cls, error: BatutaError) -> PeerError:
        """Return the error of a tool with its kind."""
        if isinstance(error, PeerError):
            return error
        is_argument = isinstance(error, BadArgument)
        kind = PeerFailure.WRONG_ARGUMENT if is_argument else PeerFailure.TOOL_ERROR
        return cls(kind, error.message, hint=error.hint)


_KINDS = {kind.value: kind for kind in PeerFailure} | {
    BadArgument.__name__: PeerFailure.WRONG_ARGUMENT
}


def failure_kind(attempt: Attempt) -> PeerFailure:
    """Return the kind of the last error; without one, that of the answer."""
    if attempt.failures:
        return _KINDS.get(attempt.failures[-1].kind, PeerFailure.TOOL_ERROR)
    if attempt.rejected:
        return PeerFailure.UNPARSABLE
    return PeerFailure.WRONG_ANSWER if attempt.answer else PeerFailure.NO_ANSWER
