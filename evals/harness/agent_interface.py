"""What a foreign agent is asked and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class AgentReply(BaseModel):
    """What an agent answers: text, and media as paths or bytes."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    files: list[Path | bytes] = []
    plan: str = ""
    """Whatever shows how the answer came about; it is displayed, not scored."""
    calls: int = 0
    """Calls of a language model."""
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class AgentTurn:
    """One request of a conversation, with its files and its answer if it has one."""

    request: str
    files: Sequence[Path] = ()
    answer: str = ""


@dataclass(frozen=True)
class AgentRequest:
    """A request to a foreign agent."""

    turn: AgentTurn
    earlier: Sequence[AgentTurn] = ()
    conversation: str = ""
    """The same for all turns of a conversation."""


ForeignAgent = Callable[[AgentRequest], Awaitable[AgentReply]]
