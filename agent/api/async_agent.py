"""The asynchronous agent of the Python API.

>>> async with AsyncAgent.open() as agent:
...     answer = await agent.run("What does the sign say?", files=["sign.png"])
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import PIL.Image

from agent.api.answer import Answer, RunFailed
from agent.record.events import Event, ReviewAsked
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from agent.runtime.retry_rules import Budget
from tools.errors import InputError, PluginError
from tools.home import home as default_home
from tools.media import Image, Media
from tools.sdk.tool import Tool, tool

InputFile = str | Path | Media | PIL.Image.Image
"""A path of a file or a folder of images, or a medium in memory."""

ToolSource = Callable[..., Any] | str | Path
"""A function with type hints and a docstring, or a path of a .py or .plan file."""

Approve = Callable[[ReviewAsked], bool]
"""Decides whether the plan of the event may run."""


class AsyncAgent:
    """Runs requests, several at once if needed. Created by `AsyncAgent.open`."""

    def __init__(self, runtime: AgentRuntime) -> None:
        self._runtime = runtime
        self._streams: set[AsyncGenerator[Event]] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        profile: str = "offline",
        language_model: str = "",
        tools: Sequence[ToolSource] = (),
        budget: Budget | None = None,
        home: str | Path | None = None,
    ) -> AsyncGenerator[AsyncAgent]:
        """Open an agent; leaving the block releases its models.

        A model is loaded when a plan first needs it. `language_model` is a `provider:model` as
        for `--llm`, the default of the profile if empty. `home` is the folder of weights, runs and
        results, `BATUTA_HOME` or ~/.batuta by default.
        """
        functions = [source for source in tools if not isinstance(source, str | Path)]
        paths = [Path(source) for source in tools if isinstance(source, str | Path)]
        settings = Settings(
            profile=profile,
            language_model=language_model,
            tool_files=tuple(paths),
            tools=tuple(map(_as_tool, functions)),
            budget=budget or Budget(),
            home=Path(home).expanduser() if home else default_home(),
        )
        async with AgentRuntime.open(settings) as runtime:
            requested = {str(path.resolve()) for path in paths}
            for plugin in runtime.session.broken:
                if plugin.source in requested:
                    raise PluginError(plugin.error, hint=plugin.hint)
            agent = cls(runtime)
            try:
                yield agent
            finally:
                await agent._close_streams()

    async def run(
        self,
        request: str = "",
        files: Sequence[InputFile] = (),
        *,
        plan: str = "",
        seed: int = 0,
        conversation: str = "",
        approve: Approve | None = None,
    ) -> Answer:
        """Answer a request, or run a written plan; RunFailed if the run fails.

        Runs of one `conversation` know each other's files and results by name: pass
        `answer.conversation`, or an id of your own. With `approve`, every plan is shown to the
        function before it runs.
        """
        reviews: list[ReviewAsked] = []
        events = self.stream(
            request,
            files,
            plan=plan,
            seed=seed,
            conversation=conversation,
            ask_first=approve is not None,
        )

        def collect_review(event: Event) -> None:
            if isinstance(event, ReviewAsked):
                reviews.append(event)

        outcome = await RunOutcome().consume(events, collect_review)
        if reviews and approve:
            approved = await asyncio.to_thread(approve, reviews[-1])
            return await self.resume(outcome.run, approve=approved)
        return await self.answer(outcome.run)

    async def stream(
        self,
        request: str = "",
        files: Sequence[InputFile] = (),
        *,
        plan: str = "",
        seed: int = 0,
        conversation: str = "",
        ask_first: bool = False,
    ) -> AsyncGenerator[Event]:
        """Yield the events of a run as they happen; closing the stream stops the run.

        `ask_first` ends the stream with `ReviewAsked`; `resume` runs the plan then.
        """
        if not request and not plan:
            raise InputError("there is no request", hint="give a request, or a plan with plan=…")
        events = self._runtime.run(
            request,
            _as_files(files),
            plan=plan,
            seed=seed,
            conversation=conversation,
            ask_first=ask_first,
        )
        async with aclosing(self._track(events)) as tracked_events:
            async for event in tracked_events:
                yield event

    async def resume(self, run: str, *, approve: bool = True) -> Answer:
        """Continue a run that was stopped, failed or waits; finished commands do not run again."""
        waiting = self._runtime.runs.find(run).summary().state == "waiting"
        decision = Decision("approve" if approve else "refuse") if waiting else None
        events = self._track(self._runtime.resume(run, decision))
        await RunOutcome().consume(events)
        return await self.answer(run)

    async def answer(self, run: str) -> Answer:
        """Return the answer of an earlier run; RunFailed if the run failed."""
        found_run = self._runtime.runs.find(run)
        outcome = RunOutcome.of(found_run.events())
        names = await self._runtime.conversation_names(outcome.conversation)
        answer = Answer(outcome, self._runtime.session.store, found_run.folder, names)
        if outcome.state == "waiting":
            raise InputError(
                f"run {answer.run!r} waits for approval of its plan:\n{answer.plan}",
                hint=f'pass approve=… to run(), or call resume("{answer.run}")',
            )
        if outcome.state != "done":
            raise RunFailed(answer)
        return answer

    async def plan(self, request: str, files: Sequence[InputFile] = ()) -> str:
        """Return the plan for a request, without running it."""
        return (await self._runtime.plan(request, _as_files(files))).text

    async def _track(self, events: AsyncGenerator[Event]) -> AsyncGenerator[Event]:
        """Yield the events; closing the agent closes them too."""
        self._streams.add(events)
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            self._streams.discard(events)

    async def _close_streams(self) -> None:
        for events in list(self._streams):
            with suppress(RuntimeError):  # another task is reading it
                await events.aclose()


def _as_tool(function: Callable[..., Any]) -> Tool[..., Any]:
    return function if isinstance(function, Tool) else tool(function)


def _as_files(files: Sequence[InputFile]) -> list[Path | Media]:
    if isinstance(files, str):
        raise InputError(f"files is the text {files!r}", hint=f"give a list: files=[{files!r}]")
    return [_as_file(file) for file in files]


def _as_file(file: object) -> Path | Media:
    match file:
        case str() | Path():
            return Path(file).expanduser()
        case Media():
            return file
        case PIL.Image.Image():
            return Image(file)
        case _:
            raise InputError(
                f"a file is {file!r}",
                hint="give a path, an Image, Audio, Video or Table of tools, or a PIL image",
            )
