"""What the nodes of a run share: its state in checkpoints, and its dependencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from agent.plan import CheckedPlan
from agent.planner.planner import Planner
from agent.record.artifacts import Encoded, references
from agent.record.budget import Budget
from agent.record.events import Estimate, Event
from agent.record.journal import Runs
from agent.record.usage import Usage
from agent.runtime.command_executor import CommandExecutor
from agent.runtime.conversation_state import Turn
from agent.runtime.remote_models import cards_to_approve
from agent.runtime.session import Session

StateUpdate = dict[str, object]
"""The state update that a node returns."""

Segment = dict[str, Encoded]
"""A segment of an answer: {"text": …} or a result {"name": …, "value": …}."""


class State(TypedDict):
    """The state of a run in its checkpoints.

    `names` and `runs` are the conversation: they are kept from run to run. What its runs answered
    is in their traces.
    """

    run: str
    request: str
    files: list[dict[str, Encoded]]
    given_plan: str
    seed: int
    ask_first: bool
    ask_if_costly: bool
    names: dict[str, Encoded]
    """The values a plan may refer to: files, and results of this and earlier turns."""
    adopted_turns: list[Turn]
    """Turns that the conversation was begun with: no run of it led to them."""
    runs: list[str]
    """The runs of the conversation so far, this one included."""
    attempt: int
    plan: str
    plan_names: dict[str, Encoded]
    """The names that `plan` was checked against."""
    failure_report: str
    """What failed when `plan` ran, for the planner's next attempt."""
    failures: list[str]
    messages: list[list[Segment]]
    """What the plan's `say` lines, or a joint model, answered."""
    remarks: list[str]
    """What named plans add to the answer."""
    final_names: list[str]
    """The results that no command uses, for an answer without a message."""


@dataclass(frozen=True)
class Context:
    """Dependencies of the nodes of one run; not part of a checkpoint."""

    run: str
    runs: Runs
    session: Session
    planner: Planner | None
    finished_results: Mapping[tuple[int, str], Encoded]
    emit: Callable[[Event], None]
    budget: Budget
    usage: Usage
    estimate: Callable[[CheckedPlan], Estimate]
    checked_plans: dict[str, CheckedPlan] = field(default_factory=dict[str, CheckedPlan])
    """Cache of the plans that were checked for the run, by their text."""

    def read_plan(self, text: str, names: Mapping[str, Encoded]) -> CheckedPlan:
        """Check a plan against the names of the run, at most once."""
        if text not in self.checked_plans:
            self.checked_plans[text] = self.session.read_plan(text, names)
        return self.checked_plans[text]

    def executor(
        self, state: State, attempt: int, checked: CheckedPlan | None = None
    ) -> CommandExecutor:
        """Create the executor of an attempt's commands, those of a plan or of a joint model."""
        is_approved = state["ask_first"]
        sent_to = cards_to_approve(checked, self.session) if checked and is_approved else ()
        return CommandExecutor(
            self.session,
            run=self.run,
            attempt=attempt,
            seed=state["seed"],
            finished_results={
                path: value
                for (result_attempt, path), value in self.finished_results.items()
                if result_attempt == attempt
            },
            stored={digest for value in state["names"].values() for digest in references(value)},
            emit=self.emit,
            budget=self.budget,
            usage=self.usage,
            # Whoever approved the plan saw what it has to fetch, and where it sends data.
            fetch_approved=is_approved,
            approved_endpoints=frozenset(card.id for card in sent_to),
        )


def earlier_runs(state: State) -> list[str]:
    """Return the runs of the conversation before this one."""
    return [run for run in state.get("runs", []) if run != state["run"]]
