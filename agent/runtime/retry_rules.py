"""Retry rules for failed commands.

fix      wrong argument: the planner gets the error and writes the rest of the plan
retry    transient error: the same call again, with exponential backoff
relieve  out of memory: evict idle models and call again, then a smaller variant of the model,
         then the next model
other    weights cannot be fetched: the next model
give up  everything else: the command fails

agent/runtime/command_executor.py follows them, and agent/runtime/graph/run_nodes.py the first.
Commands that depend on a failed one are skipped and reported by agent/plan/run/interpreter.py.
"""

from __future__ import annotations

from enum import StrEnum

from tools.errors import (
    BadArgument,
    BatutaError,
    OutOfMemory,
    SourceError,
    ToolError,
    TransientError,
)


class RetryRule(StrEnum):
    FIX = "fix"
    RETRY = "retry"
    RELIEVE = "relieve"
    OTHER = "other"
    GIVE_UP = "give up"


def rule_for(error: BatutaError) -> RetryRule:
    """Return the retry rule for an error."""
    if isinstance(error, OutOfMemory):
        return RetryRule.RELIEVE
    if isinstance(error, SourceError):
        return RetryRule.OTHER
    if isinstance(error, TransientError):
        return RetryRule.RETRY
    if isinstance(error, BadArgument):
        return RetryRule.FIX
    return RetryRule.GIVE_UP


def as_tool_error(tool: str, error: BaseException) -> BatutaError:
    """Convert an exception of a tool to a BatutaError."""
    if isinstance(error, BatutaError):
        return error
    # Compare torch's class by name: importing torch takes seconds.
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
