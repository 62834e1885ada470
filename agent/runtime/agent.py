"""The agent: run a request with files and read its events.

>>> async with Agent.open(Settings()) as agent:
...     async for event in agent.run("What does the sign say?", [Path("sign.png")]):
...         print(event)

Closing the stream stops the run; `resume` continues it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.joint.conductor import is_joint
from agent.plan import CheckedPlan
from agent.planner.planner import Planner
from agent.record.artifacts import Encoded, types_of
from agent.record.events import (
    Estimate,
    Event,
    Named,
    ReviewAsked,
    RunFinished,
    RunResumed,
    RunStarted,
    Spent,
)
from agent.record.journal import Run, Runs
from agent.record.usage import Usage
from agent.runtime.cost_estimate import History, estimate
from agent.runtime.graph import Context, State, build_graph, name_uploads
from agent.runtime.retry_rules import Budget
from agent.runtime.session import Orchestra
from tools.errors import BatutaError, InputError
from tools.home import DATABASE, home, make_private
from tools.media import Media
from tools.media.open_untrusted import open_folder, open_media

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Command

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Settings that apply to all runs of an agent."""

    profile: str = "offline"
    language_model: str = ""
    """As `provider:model`; the profile's default if empty."""
    tool_files: tuple[Path, ...] = ()
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True)
class Decision:
    """A decision on a plan under review: approve, refuse or replace it."""

    answer: str
    plan: str = ""


class Agent:
    """Runs requests, several at once if needed. Created by `Agent.open`."""

    def __init__(
        self,
        settings: Settings,
        orchestra: Orchestra,
        graph: CompiledStateGraph[State, Context, State, State],
        saver: BaseCheckpointSaver[str],
    ) -> None:
        self.settings = settings
        self.orchestra = orchestra
        self.runs = Runs(home() / "runs")
        self._graph = graph
        self._saver = saver
        self._history = History(self.runs)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncGenerator[Agent]:
        """Open the agent with its checkpoints; no model is loaded yet."""
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        orchestra = Orchestra.load(settings.profile, settings.tool_files, settings.language_model)
        make_private(home())
        async with AsyncExitStack() as stack:
            database = str(home() / DATABASE)
            saver = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(database))
            # Strict: checkpoints hold plain values only, and other types are not deserialized.
            saver.serde = JsonPlusSerializer(allowed_msgpack_modules=None)
            agent = cls(settings, orchestra, build_graph().compile(checkpointer=saver), saver)
            stack.push_async_callback(orchestra.close)
            yield agent

    async def run(
        self,
        request: str,
        files: Sequence[Path] = (),
        *,
        named_files: Mapping[str, Path] | None = None,
        given: Mapping[str, Encoded] | None = None,
        plan: str = "",
        conversation: str = "",
        seed: int = 0,
        ask_first: bool = False,
        ask_if_costly: bool = False,
    ) -> AsyncGenerator[Event]:
        """Run a request, or a finished plan, and yield its events.

        `named_values` are values that are already in the store, by their names in the plan.
        """
        uploads = [await self.orchestra.in_opener(self._take, path) for path in files]
        named = [Named(name, value) for name, value in (given or {}).items()]
        named += [
            Named(name, await self.orchestra.in_opener(self._take, path))
            for name, path in (named_files or {}).items()
        ]
        run = self.runs.new()
        conversation = conversation or run.id
        names = await self._names(conversation)
        started = RunStarted(
            run=run.id,
            conversation=conversation,
            request=request,
            files=[*named, *name_uploads(names, uploads)],
            profile=self.orchestra.profile.name,
            language_model=self.orchestra.language_model_name,
            seed=seed,
            plan=plan,
            ask_first=ask_first,
            ask_if_costly=ask_if_costly,
        )
        with run.held():
            events = self._drive(run, started, started, _first_state(started))
            async with aclosing(events):
                async for event in events:
                    yield event

    async def resume(self, run_id: str, decision: Decision | None = None) -> AsyncGenerator[Event]:
        """Continue a run that was stopped, failed or waits."""
        run = self.runs.find(run_id)
        with run.held():
            if run.summary().state == "done":
                for event in run.events():
                    yield event
                return
            started = run.started()
            begin = await self._what_is_left(run, started, decision)
            resumed = RunResumed(run.id, len(run.finished_commands()))
            events = self._drive(run, started, resumed, begin)
            async with aclosing(events):
                async for event in events:
                    yield event

    async def _what_is_left(
        self, run: Run, started: RunStarted, decision: Decision | None
    ) -> dict[str, object] | Command[Any] | None:
        """Return the graph input that resumes the run, if it needs any."""
        from langgraph.types import Command

        thread = _thread(started.conversation)
        snapshot = await self._graph.aget_state(thread)
        if snapshot.values.get("run") != run.id:
            if run.id in snapshot.values.get("runs", []):
                raise InputError(
                    f"the conversation has continued after run {run.id!r}",
                    hint="give the request again with: batuta run",
                )
            return _first_state(started)
        if (snapshot.metadata or {}).get("source") == "input":
            # Killed before its first node: LangGraph cannot resume from there.
            return _first_state(started)
        if snapshot.interrupts:
            if decision is None:
                raise InputError(
                    f"run {run.id!r} waits for a decision about its plan",
                    hint="give --approve, --refuse or --plan FILE",
                )
            if decision.plan:
                self.orchestra.read_plan(decision.plan, snapshot.values["plan_names"])
            return Command(resume={"answer": decision.answer, "plan": decision.plan})
        if not snapshot.next and snapshot.values["failures"]:
            # It ended with failures: retry the failed commands, keep the finished ones.
            again = {"attempt": snapshot.values["attempt"] - 1}
            await self._graph.aupdate_state(thread, again, as_node="review")
        return None

    async def warm_up(self) -> None:
        """Load the language model before the first request."""
        if is_joint(name := self.orchestra.language_model_name):
            self.orchestra.residency.prefetch(name.replace(":", "/"))
            return
        await self._planner(seed=0, emit=lambda event: None).warm_up()

    async def plan(self, request: str, files: Sequence[Path] = ()) -> CheckedPlan:
        """Plan a request without running the plan."""
        names = await self._given(files)
        orchestra = self.orchestra
        planner = self._planner(seed=0, emit=lambda event: None)
        return await planner.plan(
            request,
            types_of(names),
            orchestra.told_of(names),
            (),
            tools=orchestra.offered_for(names),
        )

    async def check(self, text: str, files: Sequence[Path] = ()) -> CheckedPlan:
        """Check the text of a plan; PlanError lists every problem."""
        return self.orchestra.read_plan(text, await self._given(files))

    def estimate(self, checked: CheckedPlan) -> Estimate:
        """Estimate the cost of a plan from earlier runs."""
        return estimate(checked, self.orchestra, self._history, self.settings.budget)

    async def undo(self, run_id: str) -> tuple[str, ...]:
        """Remove a run and later ones from their conversation; return their ids.

        Their results stay in the store, so that the same commands are cached.
        """
        started = self.runs.find(run_id).started()
        thread = _thread(started.conversation)
        forgotten: tuple[str, ...] = ()
        async for snapshot in self._graph.aget_state_history(thread):
            runs = snapshot.values.get("runs", [])
            if (snapshot.metadata or {}).get("source") == "input":
                continue  # between two runs: resuming from it would start the next run
            if run_id not in runs and snapshot.values.get("run") != run_id:
                # Copy the checkpoint before the run to the end of the history.
                kept = {"runs": runs}
                await self._graph.aupdate_state(snapshot.config, kept, as_node="answer")
                return forgotten
            forgotten = forgotten or tuple(runs[runs.index(run_id) :] if run_id in runs else ())
        await self._saver.adelete_thread(started.conversation)
        return forgotten

    async def names(self, conversation: str) -> dict[str, str]:
        """Return the names of a conversation with a description of each value."""
        named = await self._names(conversation)
        return {name: self.orchestra.store.show(value) for name, value in named.items()}

    async def _given(self, files: Sequence[Path]) -> dict[str, Encoded]:
        uploads = [await self.orchestra.in_opener(self._take, path) for path in files]
        return {file.name: file.value for file in name_uploads({}, uploads)}

    def _take(self, path: Path) -> Encoded:
        opened = open_folder(path) if path.expanduser().is_dir() else open_media(path)
        return self.orchestra.store.encode(opened, origin=path.name)

    async def store(self, content: Media | str, name: str) -> Encoded:
        """Store the content of an uploaded file and return its reference."""
        return await asyncio.to_thread(self.orchestra.store.encode, content, origin=name)

    async def name(self, conversation: str, values: Sequence[Encoded]) -> list[Named]:
        """Name new values as the conversation would name them."""
        return name_uploads(await self._names(conversation), values)

    async def _names(self, conversation: str) -> dict[str, Encoded]:
        snapshot = await self._graph.aget_state(_thread(conversation))
        return snapshot.values.get("names", {})

    def _planner(
        self, *, seed: int, emit: Callable[[Event], None], usage: Usage | None = None
    ) -> Planner:
        return Planner(
            self.orchestra.language_model(),
            self.orchestra.offered_for({}),
            pins=self.orchestra.pins,
            absent=self.orchestra.absent,
            why_absent=self.orchestra.why_absent,
            seed=seed,
            emit=emit,
            budget=self.settings.budget,
            usage=usage,
        )

    async def _drive(
        self, run: Run, started: RunStarted, first: Event, begin: Any
    ) -> AsyncGenerator[Event]:
        """Run the graph in a task and yield its events."""
        run.append(first)
        yield first
        queue: asyncio.Queue[Event | None] = asyncio.Queue()

        def emit(event: Event) -> None:
            if task.done():  # from a tool that has not noticed yet that its run was stopped
                return
            if not event.transient:
                run.append(event)
            queue.put_nowait(event)

        task = asyncio.create_task(self._run_graph(run, started, begin, emit))
        task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while event := await queue.get():
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.wait({task})

    def _ask_for_review(self, state: Mapping[str, Any]) -> ReviewAsked:
        checked = self.orchestra.read_plan(state["plan"], state["plan_names"])
        return ReviewAsked(checked.text, self.estimate(checked))

    async def _run_graph(
        self, run: Run, started: RunStarted, begin: Any, emit: Callable[[Event], None]
    ) -> None:
        begun = time.monotonic()
        usage = Usage(self.settings.budget)
        planner = None
        if not started.plan and not is_joint(started.language_model):
            planner = self._planner(seed=started.seed, emit=emit, usage=usage)
        context = Context(
            orchestra=self.orchestra,
            planner=planner,
            run=run.id,
            finished=run.finished_commands(),
            emit=emit,
            budget=self.settings.budget,
            usage=usage,
            estimate=self.estimate,
        )
        thread = _thread(started.conversation)
        end: Event
        with self.orchestra.watched(emit):
            try:
                async with asyncio.timeout(self.settings.budget.seconds):
                    await self._graph.ainvoke(begin, thread, context=context, durability="sync")
                snapshot = await self._graph.aget_state(thread)
                if snapshot.interrupts:
                    end = self._ask_for_review(snapshot.values)
                else:
                    failures = snapshot.values["failures"]
                    end = RunFinished("failed" if failures else "done", "\n".join(failures))
            except BatutaError as error:
                end = RunFinished("failed", str(error))
            except TimeoutError:
                seconds = self.settings.budget.seconds
                end = RunFinished("failed", f"the request took longer than {seconds:.0f} seconds")
            except asyncio.CancelledError:
                emit(RunFinished("stopped"))
                raise
            except Exception as error:
                log.exception("run %s failed", run.id)
                told = f"{type(error).__name__}: {error}"
                end = RunFinished("failed", f"something unexpected went wrong: {told}")
        emit(
            Spent(
                seconds=round(time.monotonic() - begun, 3),
                commands=len(run.finished_commands()) - len(context.finished),
                language_model_calls=usage.calls,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
            )
        )
        emit(end)


def _first_state(started: RunStarted) -> dict[str, object]:
    return {
        "run": started.run,
        "request": started.request,
        "files": [{"name": file.name, "value": file.value} for file in started.files],
        "given_plan": started.plan,
        "seed": started.seed,
        "ask_first": started.ask_first,
        "ask_if_costly": started.ask_if_costly,
    }


def _thread(conversation: str) -> Any:
    return {"configurable": {"thread_id": conversation}}
