"""A pool of agents that stay open while a suite runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path

from agent.record.artifacts import ArtifactStore
from agent.record.journal import Runs
from agent.runtime.agent_runtime import AgentRuntime, Settings


class EvalAgents:
    """A pool of agents by settings, each opened on first use.

    With a folder, runs and artifacts are stored there, so that results in the user's own store are
    not reused as new ones.
    """

    def __init__(self, stack: AsyncExitStack, folder: Path | None = None) -> None:
        self._stack = stack
        self._folder = folder
        self._agents: dict[Settings, AgentRuntime] = {}

    async def get(self, settings: Settings) -> AgentRuntime:
        if settings not in self._agents:
            agent = await self._stack.enter_async_context(AgentRuntime.open(settings))
            if self._folder:
                agent.session.store = ArtifactStore(str(self._folder / "artifacts"))
                agent.runs = Runs(self._folder / "runs")
            self._agents[settings] = agent
        return self._agents[settings]


_shared_agents: ContextVar[EvalAgents | None] = ContextVar("agents", default=None)


@asynccontextmanager
async def shared_agents(folder: Path | None = None) -> AsyncGenerator[None]:
    """Let `agent_for` share one agent for each settings inside this context."""
    async with AsyncExitStack() as stack:
        token = _shared_agents.set(EvalAgents(stack, folder))
        try:
            yield
        finally:
            _shared_agents.reset(token)


@asynccontextmanager
async def agent_for(settings: Settings) -> AsyncGenerator[AgentRuntime]:
    """Yield the shared agent with these settings, or a new one."""
    if agents := _shared_agents.get():
        yield await agents.get(settings)
    else:
        async with AgentRuntime.open(settings) as agent:
            yield agent
