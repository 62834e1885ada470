"""What is done when something goes wrong, and how much one request may cost: all in one place.

fix      an argument is wrong: the planner is told and writes what is still missing
retry    a passing fault: the same call again, after a pause that doubles
relieve  no memory: idle models leave, the same call again, then a smaller form of the model,
         then the next model
other    weights that cannot be fetched: the next model
skip     what depends on a failed command is left out and said so; the rest goes on
         (this one is part of what a plan means: see agent/plan/run/interpreter.py)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tools.errors import (
    BadArgument,
    BatutaError,
    OutOfMemory,
    SourceError,
    ToolError,
    TransientError,
)


class Rule(StrEnum):
    FIX = "fix"
    RETRY = "retry"
    RELIEVE = "relieve"
    OTHER = "other"
    GIVE_UP = "give up"


@dataclass(frozen=True)
class Budget:
    """The most that one request may use."""

    commands: int = 200
    seconds: float = 3600
    command_seconds: float = 900
    language_model_calls: int = 64
    """For plans, for the answer, and for tools that work on texts: a long one takes many."""
    output_tokens: int = 32_768
    result_bytes: int = 2 << 30
    plan_tokens: int = 512
    answer_tokens: int = 256
    repairs: int = 2
    replans: int = 1
    retries: int = 2
    first_pause_seconds: float = 0.5
    ask_seconds: float = 300
    """A plan that may take longer is shown to the person first, where there is one."""
    ask_pull_bytes: int = 500_000_000
    """So is one that has to fetch more weights than this."""


class BudgetSpent(BatutaError):  # noqa: N818
    """The request has used what one request may use."""


def rule_for(error: BatutaError) -> Rule:
    if isinstance(error, OutOfMemory):
        return Rule.RELIEVE
    if isinstance(error, SourceError):
        return Rule.OTHER
    if isinstance(error, TransientError):
        return Rule.RETRY
    if isinstance(error, BadArgument):
        return Rule.FIX
    return Rule.GIVE_UP


def as_tool_error(tool: str, error: BaseException) -> BatutaError:
    """The error of our own tree that a tool's exception stands for."""
    if isinstance(error, BatutaError):
        return error
    # torch's own class is told by its name: importing torch to ask for it would cost seconds.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory(
            f"{tool} ran out of memory: {error}",
            hint="close other programs, use a smaller picture, or choose a smaller model",
        )
    if isinstance(error, ConnectionError | TimeoutError):
        return TransientError(f"{tool} lost its connection: {type(error).__name__}: {error}")
    return ToolError(
        f"{tool} failed: {type(error).__name__}: {error}",
        hint="the log has the details; the tool may not be able to do this with this input",
    )
