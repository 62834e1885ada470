"""Execute one run of a conversation: run its graph, and record and yield its events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.joint.conductor import is_joint
from agent.plan import CheckedPlan
from agent.planner.planner import Planner
from agent.record.budget import Budget
from agent.record.events import (
    ClientCallsAsked,
    Estimate,
    Event,
    ReviewAsked,
    RunFinished,
    RunObserver,
    RunStarted,
    UsageReported,
)
from agent.record.journal import Run, Runs
from agent.record.storage_errors import STORAGE_EXCEPTIONS, storage_error
from agent.record.usage import Usage
from agent.runtime.graph.graph_state import Context
from agent.runtime.graph.run_graph import RunGraph
from agent.runtime.session import Session
from tools.errors import BatutaError

if TYPE_CHECKING:
    from agent.runtime.graph.run_graph import GraphInput

log = logging.getLogger(__name__)


def create_planner(
    session: Session,
    budget: Budget,
    *,
    seed: int = 0,
    emit: Callable[[Event], None] = lambda event: None,
    usage: Usage | None = None,
) -> Planner:
    """Create the planner of one run, with the models and tools of a session."""
    return Planner(
        session.language_model(),
        session.offered_for({}),
        text_model=session.text_model(),
        pins=session.pins,
        absent=session.absent,
        why_absent=session.why_absent,
        seed=seed,
        emit=emit,
        budget=budget,
        usage=usage,
        model_name=session.language_model_name,
        text_model_name=session.text_model_name,
        settings=session.planner_settings,
    )


@dataclass(frozen=True)
class RunExecution:
    """Executes one run, from its start or from its last checkpoint."""

    graph: RunGraph
    session: Session
    run: Run
    runs: Runs
    start_event: RunStarted
    budget: Budget
    observers: Sequence[RunObserver]
    estimate: Callable[[CheckedPlan], Estimate]

    async def events(self, first_event: Event, graph_input: GraphInput) -> AsyncGenerator[Event]:
        """Record, observe and yield the first event and those of the graph."""
        self.run.append(first_event)
        self._notify(first_event)
        try:
            yield first_event
            async with aclosing(self._graph_events(graph_input)) as events:
                async for event in events:
                    yield event
        finally:
            for observer in self.observers:
                observer.on_end(self.run.id)

    async def _graph_events(self, graph_input: GraphInput) -> AsyncGenerator[Event]:
        """Run the graph in a task and yield its events."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()

        def emit(event: Event) -> None:
            if task.done():  # from a tool that has not noticed yet that its run was stopped
                return
            if not event.transient:
                self.run.append(event)
            self._notify(event)
            queue.put_nowait(event)

        task = asyncio.create_task(self._run_graph(graph_input, emit))
        task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while event := await queue.get():
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.wait({task})

    def _notify(self, event: Event) -> None:
        for observer in self.observers:
            observer.on_event(self.run.id, event)

    async def _run_graph(self, graph_input: GraphInput, emit: Callable[[Event], None]) -> None:
        """Run the graph within the budget; the last event says how the run ended."""
        start_time = time.monotonic()
        context = self._context(emit)
        try:
            with self.session.subscribe(emit):
                last_event = await self._invoke_graph(graph_input, context)
        except asyncio.CancelledError:
            emit(RunFinished("stopped"))
            raise
        emit(
            UsageReported(
                seconds=round(time.monotonic() - start_time, 3),
                commands=len(self.run.finished_commands()) - len(context.finished_results),
                language_model_calls=context.usage.calls,
                input_tokens=context.usage.input_tokens,
                output_tokens=context.usage.output_tokens,
            )
        )
        emit(last_event)

    def _context(self, emit: Callable[[Event], None]) -> Context:
        start_event = self.start_event
        usage = Usage(self.budget)
        planner = None
        if not start_event.plan and not is_joint(start_event.language_model):
            planner = create_planner(
                self.session, self.budget, seed=start_event.seed, emit=emit, usage=usage
            )
        return Context(
            session=self.session,
            planner=planner,
            run=self.run.id,
            runs=self.runs,
            finished_results=self.run.finished_commands(),
            emit=emit,
            budget=self.budget,
            usage=usage,
            estimate=self.estimate,
        )

    async def _invoke_graph(self, graph_input: GraphInput, context: Context) -> Event:
        """Invoke the graph and return the run's last event."""
        conversation = self.start_event.conversation
        try:
            async with asyncio.timeout(self.budget.seconds):
                await self.graph.invoke(conversation, graph_input, context)
            checkpoint = await self.graph.checkpoint(conversation)
            if checkpoint.client_calls:
                return ClientCallsAsked(list(checkpoint.client_calls))
            if checkpoint.waits:
                state = checkpoint.values
                checked = context.read_plan(state["plan"], state["plan_names"])
                return ReviewAsked(checked.text, self.estimate(checked))
            end_state = "failed" if checkpoint.failures else "done"
            return RunFinished(end_state, "\n".join(checkpoint.failures))
        except BatutaError as error:
            return RunFinished("failed", str(error), error.page_hint)
        except TimeoutError:
            seconds = self.budget.seconds
            return RunFinished("failed", f"the request took longer than {seconds:.0f} seconds")
        except STORAGE_EXCEPTIONS as error:
            log.exception("run %s failed", self.run.id)
            explanation = storage_error(error, self.session.home)
            return RunFinished("failed", str(explanation or error))
        except Exception as error:
            log.exception("run %s failed", self.run.id)
            detail = f"{type(error).__name__}: {error}"
            return RunFinished("failed", f"something unexpected went wrong: {detail}")
