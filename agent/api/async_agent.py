"""The asynchronous agent of the Python API.

>>> async with AsyncAgent.open() as agent:
...     answer = await agent.run("What does the sign say?", files=["sign.png"])
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
from langchain_core.tools import BaseTool

from agent.api.answer import Answer, RunFailed
from agent.langchain.imported_tool import tool_of_langchain
from agent.plan import Callee
from agent.record.budget import Budget
from agent.record.events import Event, ReviewAsked
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from tools.errors import InputError, PluginError
from tools.home import home as default_home
from tools.media import Image, Media
from tools.sdk.tool import Tool, tool

if TYPE_CHECKING:
    from agent.api.loop_thread import LoopThread

InputFile = str | Path | Media | PIL.Image.Image
"""A path of a file or a folder of images, or a medium in memory."""

ToolSource = Callable[..., Any] | BaseTool | str | Path
"""A function with type hints and a docstring, a tool of LangChain, or a .py or .plan file."""

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
        events = self.stream(
            request,
            files,
            plan=plan,
            seed=seed,
            conversation=conversation,
            ask_first=approve is not None,
        )
        return await self._finish(events, approve)

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

    @property
    def tools(self) -> Mapping[str, Callee]:
        """The tools and named plans that can be called, by name."""
        return self._runtime.session.offered_for({})

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        folders: Sequence[str | Path] = (),
        approve: Approve | None = None,
    ) -> Answer:
        """Call one tool with JSON values; `answer.values["result"]` is its result.

        A medium is a path below one of `folders`, a data: URI, or the URI of an earlier result.
        """
        from agent.mcp.local_backend import LocalBackend
        from agent.mcp.single_call import call_events

        backend = LocalBackend(
            self._runtime, [Path(folder) for folder in folders], how_to_allow="folders=[FOLDER]"
        )
        events = await call_events(backend, require_name(name, self.tools), arguments)
        return await self._finish(self._track(events), approve)

    def langchain_tools(
        self,
        *names: str,
        folders: Sequence[str | Path] = (),
        approve: Approve | None = None,
        images: bool = False,
        thread: LoopThread[AsyncAgent] | None = None,
    ) -> list[BaseTool]:
        """Return tools as tools of LangChain, all of them if none is named: docs/langchain.md.

        Paths below `folders` may be arguments. With `images`, results have small images as content
        blocks, for language models that see images in the results of tools.
        """
        from agent.langchain.base_tools import BatutaTool

        callees = [require_name(name, self.tools) for name in names] or self.tools.values()
        return [
            BatutaTool.of(
                callee, self, folders=folders, approve=approve, images=images, thread=thread
            )
            for callee in callees
        ]

    async def _finish(self, events: AsyncGenerator[Event], approve: Approve | None) -> Answer:
        """Run to the end and return the answer; `approve` decides on a plan under review."""
        reviews: list[ReviewAsked] = []

        def collect_review(event: Event) -> None:
            if isinstance(event, ReviewAsked):
                reviews.append(event)

        outcome = await RunOutcome().consume(events, collect_review)
        if reviews and approve:
            approved = await asyncio.to_thread(approve, reviews[-1])
            return await self.resume(outcome.run, approve=approved)
        return await self.answer(outcome.run)

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


def require_name(name: str, callees: Mapping[str, Callee]) -> Callee:
    """Return the tool or named plan of this name."""
    if name in callees:
        return callees[name]
    near = difflib.get_close_matches(name, callees, n=3)
    raise InputError(
        f"there is no tool {name!r} in this profile",
        hint=f"did you mean {' or '.join(near)}?" if near else "list them with: batuta tools",
    )


def _as_tool(source: Callable[..., Any] | BaseTool) -> Tool[..., Any]:
    if isinstance(source, BaseTool):
        return tool_of_langchain(source)
    return source if isinstance(source, Tool) else tool(source)


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
