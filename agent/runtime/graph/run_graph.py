"""The graph of a run with its checkpoints: perceive, plan, review, execute, answer.

    perceive → plan → review → execute → answer
        │       ↑                 │        ↑
        │       └── what failed with a wrong argument
        └─────────── converse ─────────────┘   if a joint model conducts (agent/joint/)

LangGraph writes the state to a checkpoint after every node. The state holds no media, only
references to artifacts. The results of single commands are in the trace of the run, not in
LangGraph's tasks: tasks are keyed by the order of calls, which is not stable for branches that run
in parallel.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from langgraph.graph import END, START, StateGraph

from agent.record.artifacts import Encoded
from agent.record.events import ClientCall, RunStarted
from agent.runtime.conversation_state import Turn
from agent.runtime.graph.answer_node import answer
from agent.runtime.graph.converse_node import converse
from agent.runtime.graph.graph_state import Context, State
from agent.runtime.graph.run_nodes import execute, perceive, plan, review, route_to_conductor

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Command, StateSnapshot

    GraphInput = dict[str, object] | Command[Any] | None


@dataclass(frozen=True)
class ConversationCheckpoint:
    """The last checkpoint of a conversation."""

    values: Mapping[str, Any]
    is_input: bool
    """Whether the first node of its run has not ended: LangGraph cannot resume from there."""
    waits: bool
    """Whether it waits for a decision about a plan."""
    is_finished: bool
    client_calls: tuple[ClientCall, ...] = ()
    """The calls whose results it waits for."""

    @property
    def run(self) -> str:
        return self.values.get("run", "")

    @property
    def runs(self) -> list[str]:
        """The runs of the conversation so far."""
        return self.values.get("runs", [])

    @property
    def adopted_turns(self) -> list[Turn]:
        """The turns that the conversation was begun with."""
        return self.values.get("adopted_turns", [])

    @property
    def names(self) -> dict[str, Encoded]:
        return self.values.get("names", {})

    @property
    def failures(self) -> list[str]:
        return self.values.get("failures", [])


class RunGraph:
    """Runs the nodes of a run and keeps a checkpoint after each, by conversation."""

    def __init__(
        self,
        graph: CompiledStateGraph[State, Context, State, State],
        saver: BaseCheckpointSaver[str],
    ) -> None:
        self._graph = graph
        self._saver = saver

    @classmethod
    @asynccontextmanager
    async def open(cls, checkpoints: str) -> AsyncGenerator[RunGraph]:
        """Open the graph with the checkpoints in a file of SQLite or at a URL of PostgreSQL."""
        from agent.runtime.graph.checkpoint_saver import open_saver

        async with open_saver(checkpoints) as saver:
            yield cls(_build_graph().compile(checkpointer=saver), saver)

    async def invoke(self, conversation: str, graph_input: GraphInput, context: Context) -> None:
        """Run until the end, or until a decision is needed."""
        await self._graph.ainvoke(
            cast("State", graph_input),
            _thread_config(conversation),
            context=context,
            durability="sync",
        )

    async def checkpoint(self, conversation: str) -> ConversationCheckpoint:
        """Return the last checkpoint; it is empty for a new conversation."""
        return _checkpoint(await self._graph.aget_state(_thread_config(conversation)))

    async def begin(
        self, conversation: str, *, names: Mapping[str, Encoded], turns: Sequence[Turn]
    ) -> None:
        """Begin a new conversation with these names and turns."""
        state_update = {"names": dict(names), "adopted_turns": list(turns), "runs": []}
        config = _thread_config(conversation)
        await self._graph.aupdate_state(config, state_update, as_node="answer")

    async def retry_failures(self, conversation: str, checkpoint: ConversationCheckpoint) -> None:
        """Go back before the execution, with the results of finished commands."""
        state_update = {"attempt": checkpoint.values["attempt"] - 1}
        config = _thread_config(conversation)
        await self._graph.aupdate_state(config, state_update, as_node="review")

    async def rewind(self, conversation: str, run_id: str) -> tuple[str, ...]:
        """Go back before a run; return it and the later ones, which are removed."""
        removed_runs: tuple[str, ...] = ()
        async for snapshot in self._graph.aget_state_history(_thread_config(conversation)):
            checkpoint = _checkpoint(snapshot)
            runs = checkpoint.runs
            if checkpoint.is_input:
                continue  # between two runs: resuming from it would start the next run
            if run_id not in runs and checkpoint.run != run_id:
                # Copy the checkpoint before the run to the end of the history.
                state_update = {"runs": runs}
                await self._graph.aupdate_state(snapshot.config, state_update, as_node="answer")
                return removed_runs
            removed_runs = removed_runs or tuple(
                runs[runs.index(run_id) :] if run_id in runs else ()
            )
        await self._saver.adelete_thread(conversation)
        return removed_runs


def _build_graph() -> StateGraph[State, Context]:
    graph: StateGraph[State, Context] = StateGraph(State, context_schema=Context)
    graph.add_node("perceive", perceive)
    graph.add_node("plan", plan)
    graph.add_node("review", review)
    graph.add_node("execute", execute)
    graph.add_node("converse", converse)
    graph.add_node("answer", answer)
    graph.add_edge(START, "perceive")
    graph.add_conditional_edges("perceive", route_to_conductor, ["plan", "converse"])
    graph.add_edge("converse", "answer")
    graph.add_edge("plan", "review")
    graph.add_edge("review", "execute")
    graph.add_edge("answer", END)
    return graph


def start_input(start_event: RunStarted) -> GraphInput:
    """Return the input that starts a run."""
    return {
        "run": start_event.run,
        "request": start_event.request,
        "files": [{"name": file.name, "value": file.value} for file in start_event.files],
        "given_plan": start_event.plan,
        "seed": start_event.seed,
        "ask_first": start_event.ask_first,
        "ask_if_costly": start_event.ask_if_costly,
    }


def decision_input(answer: str, plan: str) -> GraphInput:
    """Return the input that continues a run that waits for a decision."""
    from langgraph.types import Command

    return Command(resume={"answer": answer, "plan": plan})


def _checkpoint(snapshot: StateSnapshot) -> ConversationCheckpoint:
    return ConversationCheckpoint(
        snapshot.values,
        is_input=(snapshot.metadata or {}).get("source") == "input",
        waits=bool(snapshot.interrupts),
        is_finished=not snapshot.next,
        client_calls=tuple(
            ClientCall(**call)
            for waiting in snapshot.interrupts
            for call in waiting.value.get("calls", ())
        ),
    )


def _thread_config(conversation: str) -> Any:
    return {"configurable": {"thread_id": conversation}}
