"""Estimate the cost of a plan from earlier runs of its tools."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from agent.plan import CheckedPlan, commands, tools_of
from agent.record.events import Estimate
from agent.record.journal import Runs
from agent.runtime.retry_rules import Budget
from agent.runtime.session import Orchestra
from tools.home import home
from tools.models.card import Card
from tools.models.download import plan_pull
from tools.models.residency.footprints import Footprints
from tools.models.routing import pin_of

LOOKED_AT_RUNS = 60
"""Number of latest runs that durations are taken from."""
LOADED_BYTES_PER_SECOND = 200e6
"""Assumed speed of loading a model whose load time was never measured."""


class History:
    """Durations of tools in the latest runs; each trace is read once."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._read: dict[str, Mapping[str, Sequence[float]]] = {}

    def seconds(self) -> dict[str, float]:
        """Return the median duration of each tool."""
        found: dict[str, list[float]] = defaultdict(list)
        folders = sorted(self._runs.folder.glob("*"))[-LOOKED_AT_RUNS:]
        for folder in folders:
            for tool, seconds in self._seconds_in(folder.name).items():
                found[tool] += seconds
        return {tool: median(seconds) for tool, seconds in found.items()}

    def _seconds_in(self, name: str) -> Mapping[str, Sequence[float]]:
        if name in self._read:
            return self._read[name]
        run = self._runs.find(name)
        found: dict[str, list[float]] = defaultdict(list)
        text = run.trace.read_text("utf-8", "replace") if run.trace.exists() else ""
        for line in text.split("\n"):
            # Parse only these lines: a trace holds many others.
            if line.startswith('{"event": "CommandFinished"') and line.endswith("}"):
                event = json.loads(line)
                if not event["cached"]:
                    found[event["tool"]].append(event["seconds"])
        if not run.is_held():
            self._read[name] = found
        return found


def estimate(
    checked: CheckedPlan, orchestra: Orchestra, history: History, budget: Budget
) -> Estimate:
    """Estimate the cost of a plan, with reasons to ask for approval."""
    known = history.seconds()
    used = list(tools_of(checked))
    cards: dict[str, Card] = {}
    for command in commands(checked):
        able = orchestra.profile.cards_for(command.tool)
        found = [card for card in able if command.pin in ("", pin_of(card.id))]
        cards |= {card.id: card for card in found[:1]}
    resident = {each.model for each in orchestra.residency.resident()}
    loads = [card for card in cards.values() if card.id not in resident]
    pull_bytes = sum(item.download_bytes for item in plan_pull(loads) if not item.present)
    seconds = sum(known.get(tool.name, 0.0) for tool in used)
    seconds += sum(_load_seconds(card, orchestra.profile.device_of(card)) for card in loads)
    reasons = [
        f"{tool.name} always asks: {tool.description}"
        for tool in {tool.name: tool for tool in used if tool.ask}.values()
    ]
    if seconds > budget.ask_seconds:
        reasons.append(f"it may take {seconds / 60:.0f} minutes")
    if pull_bytes > budget.ask_pull_bytes:
        reasons.append(f"it has to fetch {pull_bytes / 1e6:,.0f} MB of weights first")
    return Estimate(
        seconds=round(seconds, 1),
        loads=[card.id for card in loads],
        load_bytes=sum(card.memory_bytes for card in loads),
        pull_bytes=pull_bytes,
        unknown=sorted({tool.name for tool in used if tool.name not in known}),
        reasons=reasons,
    )


def _load_seconds(card: Card, device: str) -> float:
    measured = Footprints(home() / "footprints.json").load_seconds(card.id, device)
    return card.memory_bytes / LOADED_BYTES_PER_SECOND if measured is None else measured
