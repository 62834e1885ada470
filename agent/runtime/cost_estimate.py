"""Estimate the cost of a plan from earlier runs of its tools."""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from agent.plan import CheckedPlan, commands, tools_of
from agent.record.budget import Budget
from agent.record.events import Estimate
from agent.record.journal import Runs
from agent.runtime.remote_models import approval_reasons
from agent.runtime.session import Session
from tools.models.card import Card
from tools.models.download import plan_pull
from tools.models.residency.footprints import Footprints
from tools.models.routing import pin_of

MAX_RUNS = 60
"""Number of latest runs that durations are taken from."""
LOAD_BYTES_PER_SECOND = 200e6
"""Assumed speed of loading a model whose load time was never measured."""


class CostHistory:
    """Durations of tools in the latest runs; each trace is read once."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._durations: dict[str, Mapping[str, Sequence[float]]] = {}

    def median_seconds(self) -> dict[str, float]:
        """Return the median duration of each tool."""
        durations: dict[str, list[float]] = defaultdict(list)
        latest = heapq.nlargest(MAX_RUNS, self._runs.names())
        self._durations = {
            name: self._durations[name] for name in latest if name in self._durations
        }
        for name in latest:
            for tool, seconds in self._read_durations(name).items():
                durations[tool] += seconds
        return {tool: median(seconds) for tool, seconds in durations.items()}

    def _read_durations(self, name: str) -> Mapping[str, Sequence[float]]:
        if name in self._durations:
            return self._durations[name]
        run = self._runs.get(name)
        durations: dict[str, list[float]] = defaultdict(list)
        for line in run.lines():
            # Parse only these lines: a trace holds many others.
            if line.startswith('{"event": "CommandFinished"') and line.endswith("}"):
                event = json.loads(line)
                if not event["cached"]:
                    durations[event["tool"]].append(event["seconds"])
        if not run.is_locked():
            self._durations[name] = durations
        return durations


def estimate(
    checked: CheckedPlan, session: Session, history: CostHistory, budget: Budget
) -> Estimate:
    """Estimate the cost of a plan, with reasons to ask for approval."""
    medians = history.median_seconds()
    tools = list(tools_of(checked))
    cards: dict[str, Card] = {}
    for command in commands(checked):
        candidates = session.profile.cards_for(command.tool)
        matches = [card for card in candidates if command.pin in ("", pin_of(card.id))]
        cards |= {card.id: card for card in matches[:1]}
    resident = {entry.model for entry in session.residency.residents()}
    loads = [card for card in cards.values() if card.id not in resident]
    missing_items = [item for item in plan_pull(loads) if not item.present]
    pull_bytes = sum(item.download_bytes for item in missing_items)
    seconds = sum(medians.get(tool.name, 0.0) for tool in tools)
    footprints = Footprints(session.home / "footprints.json")
    seconds += sum(
        _load_seconds(footprints, card, session.profile.device_of(card)) for card in loads
    )
    reasons = [
        f"{tool.name} always asks: {tool.description}"
        for tool in {tool.name: tool for tool in tools if tool.ask}.values()
    ]
    reasons += approval_reasons(checked, session)
    if seconds > budget.ask_seconds:
        reasons.append(f"it may take {seconds / 60:.0f} minutes")
    if pull_bytes > budget.ask_pull_bytes:
        licences = ", ".join(sorted({item.licence for item in missing_items}))
        reasons.append(f"it has to fetch {pull_bytes / 1e6:,.0f} MB of weights first ({licences})")
    return Estimate(
        seconds=round(seconds, 1),
        loads=[card.id for card in loads],
        load_bytes=sum(card.memory_bytes for card in loads),
        pull_bytes=pull_bytes,
        unknown=sorted({tool.name for tool in tools if tool.name not in medians}),
        reasons=reasons,
    )


def _load_seconds(footprints: Footprints, card: Card, device: str) -> float:
    measured_seconds = footprints.load_seconds(card.id, device)
    return (
        card.memory_bytes / LOAD_BYTES_PER_SECOND if measured_seconds is None else measured_seconds
    )
