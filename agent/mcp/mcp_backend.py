"""What one client of the protocol may use, on standard input or over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from agent.record.artifacts import Encoded
from agent.record.events import Event
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision


@dataclass(frozen=True)
class McpRun:
    """A run that a client asks for; its inputs are in the store already."""

    request: str
    inputs: Mapping[str, Encoded]
    plan: str = ""
    conversation: str = ""
    """The client's name of the conversation; a new one if empty."""
    seed: int = 0
    ask_first: bool = False


class McpBackend(Protocol):
    """The files, artifacts and runs of one client; refusals are InputErrors."""

    @property
    def agent(self) -> AgentRuntime: ...

    def thread_of(self, conversation: str) -> str:
        """Return the agent's id of a conversation that the client names."""
        ...

    def conversation_of(self, outcome: RunOutcome) -> str:
        """Return the client's name of the conversation of a run."""
        ...

    def require_artifact(self, digest: str) -> None:
        """Raise InputError unless the client may read the artifact."""
        ...

    async def store_content(self, data: bytes) -> Encoded:
        """Open and store the content of a file."""
        ...

    async def store_path(self, path: str) -> Encoded:
        """Open and store a file that the client names by its path."""
        ...

    def run(self, run: McpRun) -> AsyncGenerator[Event]:
        """Start a run and yield its events; closing the stream stops it."""
        ...

    def decide(self, run: str, decision: Decision) -> AsyncGenerator[Event]:
        """Approve or refuse a waiting run of the client and yield its next events."""
        ...

    def results(self) -> Mapping[str, str]:
        """Return the names of the client's results by digest, the latest first."""
        ...
