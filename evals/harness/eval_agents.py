"""Agents for evaluations: one for each choice of settings, kept while a suite runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path

from agent.record.artifacts import ArtifactStore
from agent.record.journal import Runs
from agent.runtime.agent import Agent, Settings


class Agents:
    """Agents by their settings, each opened when it is first asked for.

    With a folder they keep runs and artifacts there, so that no result of earlier work is found in
    the person's own store and taken for a new one.
    """

    def __init__(self, stack: AsyncExitStack, folder: Path | None = None) -> None:
        self._stack = stack
        self._folder = folder
        self._agents: dict[Settings, Agent] = {}

    async def get(self, settings: Settings) -> Agent:
        if settings not in self._agents:
            agent = await self._stack.enter_async_context(Agent.open(settings))
            if self._folder:
                agent.session.store = ArtifactStore(str(self._folder / "artifacts"))
                agent.runs = Runs(self._folder / "runs")
            self._agents[settings] = agent
        return self._agents[settings]


_shared: ContextVar[Agents | None] = ContextVar("agents", default=None)


@asynccontextmanager
async def shared_agents(folder: Path | None = None) -> AsyncGenerator[None]:
    """While this lasts, `agent_for` gives the same agent for the same settings."""
    async with AsyncExitStack() as stack:
        token = _shared.set(Agents(stack, folder))
        try:
            yield
        finally:
            _shared.reset(token)


@asynccontextmanager
async def agent_for(settings: Settings) -> AsyncGenerator[Agent]:
    """An agent with these settings; one of its own where none is shared."""
    if agents := _shared.get():
        yield await agents.get(settings)
    else:
        async with Agent.open(settings) as agent:
            yield agent
