"""The synchronous agent of the Python API.

>>> with Agent.open() as agent:
...     answer = agent.run("Cut out the cup and turn it grey", files=["photo.jpg"])
...     answer.images[0].save("cup.png")
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from langchain_core.tools import BaseTool

from agent.api.answer import Answer
from agent.api.async_agent import Approve, AsyncAgent, InputFile, ToolSource
from agent.api.loop_thread import LoopThread
from agent.plan import Callee
from agent.record.budget import Budget
from agent.record.events import Event


class Agent:
    """Runs requests from synchronous code, in notebooks too. Created by `Agent.open`.

    Its methods are those of `AsyncAgent`. Close it, or use it in a `with` block, to release its
    models. Several threads may use it at once.
    """

    def __init__(self, thread: LoopThread[AsyncAgent]) -> None:
        self._thread = thread

    @classmethod
    def open(
        cls,
        *,
        profile: str = "offline",
        language_model: str = "",
        tools: Sequence[ToolSource] = (),
        budget: Budget | None = None,
        home: str | Path | None = None,
    ) -> Self:
        """Open an agent: see `AsyncAgent.open`."""
        return cls(
            LoopThread(
                AsyncAgent.open(
                    profile=profile,
                    language_model=language_model,
                    tools=tools,
                    budget=budget,
                    home=home,
                )
            )
        )

    def close(self) -> None:
        """Stop what is running and release all models."""
        self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self,
        request: str = "",
        files: Sequence[InputFile] = (),
        *,
        plan: str = "",
        seed: int = 0,
        conversation: str = "",
        approve: Approve | None = None,
    ) -> Answer:
        """Answer a request, or run a written plan: see `AsyncAgent.run`."""
        return self._thread.call(
            self._agent.run(
                request, files, plan=plan, seed=seed, conversation=conversation, approve=approve
            )
        )

    def stream(
        self,
        request: str = "",
        files: Sequence[InputFile] = (),
        *,
        plan: str = "",
        seed: int = 0,
        conversation: str = "",
        ask_first: bool = False,
    ) -> Generator[Event]:
        """Yield the events of a run as they happen: see `AsyncAgent.stream`."""
        events = self._agent.stream(
            request, files, plan=plan, seed=seed, conversation=conversation, ask_first=ask_first
        )
        try:
            while (event := self._thread.call(_next_event(events))) is not None:
                yield event
        finally:
            if not self._thread.is_closed:  # closing the agent closes its streams
                self._thread.call(events.aclose())

    def resume(self, run: str, *, approve: bool = True) -> Answer:
        """Continue a run that was stopped, failed or waits: see `AsyncAgent.resume`."""
        return self._thread.call(self._agent.resume(run, approve=approve))

    def answer(self, run: str) -> Answer:
        """Return the answer of an earlier run: see `AsyncAgent.answer`."""
        return self._thread.call(self._agent.answer(run))

    def plan(self, request: str, files: Sequence[InputFile] = ()) -> str:
        """Return the plan for a request, without running it."""
        return self._thread.call(self._agent.plan(request, files))

    @property
    def tools(self) -> Mapping[str, Callee]:
        """The tools and named plans that can be called, by name."""
        return self._agent.tools

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        folders: Sequence[str | Path] = (),
        approve: Approve | None = None,
    ) -> Answer:
        """Call one tool with JSON values: see `AsyncAgent.call`."""
        return self._thread.call(
            self._agent.call(name, arguments, folders=folders, approve=approve)
        )

    def langchain_tools(
        self,
        *names: str,
        folders: Sequence[str | Path] = (),
        approve: Approve | None = None,
        images: bool = False,
    ) -> list[BaseTool]:
        """Return tools as tools of LangChain: see `AsyncAgent.langchain_tools`."""
        return self._agent.langchain_tools(
            *names, folders=folders, approve=approve, images=images, thread=self._thread
        )

    @property
    def _agent(self) -> AsyncAgent:
        return self._thread.resource


async def _next_event(events: AsyncGenerator[Event]) -> Event | None:
    return await anext(events, None)
