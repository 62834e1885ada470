"""The side panel: origin of a result, models in memory, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from agent.record.artifacts import references
from agent.runtime.agent_runtime import AgentRuntime
from agent.web.page.page_state import Tab
from agent.web.view.html_rendering import render
from agent.web.view.lineage import lineage_of, lineage_svg
from agent.web.view.turn_view import TurnView


@dataclass(frozen=True)
class Cost:
    """The cost of a conversation so far."""

    seconds: float
    input_tokens: int
    output_tokens: int
    calls: int


@dataclass(frozen=True)
class Device:
    """A device memory and its free bytes."""

    name: str
    budget: int
    free_bytes: int


def side_panel(tab: Tab, turns: Sequence[TurnView], agent: AgentRuntime) -> str:
    """Render the side panel."""
    session = agent.session
    origin = ""
    if tab.origin_digest and session.store.find(tab.origin_digest):
        # lineage_svg escapes its text.
        origin = Markup(
            lineage_svg(lineage_of(session.store, tab.origin_digest, _file_names(turns)))
        )
    return render(
        "side.html",
        origin=origin,
        models=session.residency.residents(),
        devices=[
            Device(name, budget, session.residency.free_bytes(name))
            for name, budget in session.profile.budgets.items()
        ],
        cost=_cost(turns),
        conversation=tab.conversation if tab.conversation.runs else None,
    )


def _file_names(turns: Sequence[TurnView]) -> dict[str, str]:
    """Return the names of the conversation's files by digest."""
    return {
        digest: turn.original_name(file.name)
        for turn in turns
        for file in turn.view.files
        for digest in references(file.value)
    }


def _cost(turns: Sequence[TurnView]) -> Cost:
    views = [turn.view for turn in turns]
    return Cost(
        seconds=sum(view.seconds for view in views),
        input_tokens=sum(view.input_tokens for view in views),
        output_tokens=sum(view.output_tokens for view in views),
        calls=sum(view.language_model_calls for view in views),
    )
