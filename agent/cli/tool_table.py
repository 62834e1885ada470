"""Print what plans can call: a table, or one tool."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from agent.cli.console import Console, warn
from agent.cli.terminal import warn_of_missing_clients
from agent.plan import Callee, NamedPlan
from agent.record.control_characters import json_text, visible
from agent.runtime.session import Session
from tools.models.card import Card
from tools.models.download import plan_pull
from tools.models.routing import uses_writer
from tools.sdk.plan_types import Type
from tools.sdk.tool import SEED

_MIB = 1 << 20

_BUILT_IN = "tools.library."
_OTHERS = "Other tools"
_PLANS = "Named plans"


@dataclass(frozen=True)
class ModelRow:
    """One model that can run a tool in this profile."""

    id: str
    licence: str
    bytes: int
    state: str
    """resident (in memory), on disk or to fetch."""


@dataclass(frozen=True)
class ToolRow:
    """One tool or named plan in a profile."""

    name: str
    group: str
    signature: str
    accepts: str
    """Parameter types; optional ones are in brackets."""
    returns: str
    description: str
    is_plan: bool
    offered: bool
    models: tuple[ModelRow, ...]
    fallback_reason: str
    """Why no model is full-size, if the profile says so."""
    source: str


def group_of(callee: Callee) -> str:
    """Return the heading under which a callee is listed: the folder of a built-in tool."""
    if isinstance(callee, NamedPlan):
        return _PLANS
    module = callee.function.__module__
    if not module.startswith(_BUILT_IN):
        return _OTHERS
    folder = module.removeprefix(_BUILT_IN).partition(".")[0]
    return folder.replace("_", " ").capitalize()


def _rank(group: str) -> tuple[bool, bool, str]:
    """Return a sort key: groups by name, then other tools, then named plans."""
    return group == _PLANS, group == _OTHERS, group


def tool_rows(session: Session) -> list[ToolRow]:
    """Return all tools and named plans by group, absent ones included.

    Of a tool and a named plan with one name, only the one that plans call is listed.
    """
    resident = {entry.model for entry in session.residency.residents()}
    callees = {**session.plans, **session.registry, **session.offered}
    return [
        ToolRow(
            name=callee.name,
            group=group_of(callee),
            signature=callee.signature,
            accepts=_parameter_types(callee),
            returns=_type_name(callee.returns),
            description=callee.description,
            is_plan=isinstance(callee, NamedPlan),
            offered=session.offered.get(callee.name) is callee,
            models=tuple(_models(session, callee, resident)),
            fallback_reason=session.profile.fallback_reasons.get(callee.name, ""),
            source=callee.source,
        )
        for callee in sorted(
            callees.values(), key=lambda callee: (_rank(group_of(callee)), callee.name)
        )
    ]


def show_tools(session: Session, *, as_json: bool) -> None:
    """Print all rows as a table or as JSON."""
    rows = tool_rows(session)
    if as_json:
        content = {
            "profile": session.profile.name,
            "tools": [asdict(row) for row in rows],
            "broken": [asdict(plugin) for plugin in session.broken],
        }
        print(json_text(content, indent=2))
        return
    console = Console(highlight=False)
    console.print(_table(rows))
    for why, names in _reasons(rows).items():
        console.print(Text(f"\n{', '.join(names)}: {why}"))
    console.print(
        f"\nProfile {session.profile.name!r}. Show a tool in full, or a plan to copy: "
        "batuta tools show NAME"
    )
    for plugin in session.broken:
        warn(f"left out: {plugin}")
    warn_of_missing_clients(session.profile)


def show_tool(session: Session, name: str) -> None:
    """Print a tool in full, or the text of a named plan."""
    callee = session.find(name)
    console = Console(highlight=False, soft_wrap=True)
    if isinstance(callee, NamedPlan):
        if console.is_terminal:
            console.print(Syntax(callee.text.rstrip(), "python", background_color="default"))
        else:
            print(visible(callee.text), end="")
        return
    console.print(Text(callee.signature, style="bold"))
    console.print(Text(textwrap.indent(callee.description, "    ")))
    for example in callee.examples:
        console.print(Text(f"    >>> {example}", style="dim"))
    for card in session.profile.cards_for(name) if callee.model_class else ():
        console.print(Text(f"{card.id}: {card.licence}; cannot {card.limitations}"))
    if name in session.absent:
        console.print(Text(session.why_absent(name), style="yellow"))
    console.print(Text(callee.source, style="dim"))


def _reasons(rows: Sequence[ToolRow]) -> dict[str, list[str]]:
    """Return the names of tools by reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.fallback_reason:
            reasons.setdefault(row.fallback_reason, []).append(row.name)
    return reasons


def _table(rows: Sequence[ToolRow]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for column in ("tool", "accepts → returns", "model", "licence", "MiB", "state"):
        narrow = column in ("tool", "MiB", "state")
        align: Literal["left", "right"] = "right" if column == "MiB" else "left"
        table.add_column(column, no_wrap=narrow, overflow="fold", justify=align)
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            table.add_row()
            table.add_row(Text(group, style="bold"))
        _add_rows(table, row)
    return table


def _models(session: Session, callee: Callee, resident: set[str]) -> Iterator[ModelRow]:
    if isinstance(callee, NamedPlan) or callee.model_class is None:
        return
    cards = session.profile.cards_for(callee.name)
    for card in cards:
        state = "resident" if card.id in resident else _state_on_disk(card)
        yield ModelRow(card.id, card.licence, card.download_bytes, state)
    if not cards and uses_writer(callee):
        yield ModelRow(session.language_model_name, "", 0, "")


def _state_on_disk(card: Card) -> str:
    return "on disk" if all(item.present for item in plan_pull([card])) else "to fetch"


def _parameter_types(callee: Callee) -> str:
    types = (
        _type_name(parameter.type) if parameter.required else f"[{_type_name(parameter.type)}]"
        for parameter in callee.parameters
        if parameter.name != SEED
    )
    return ", ".join(types)


def _type_name(kind: Type) -> str:
    """Return the name of a type without its allowed words."""
    return f"list[{_type_name(kind.item)}]" if kind.item else kind.name


def _add_rows(table: Table, row: ToolRow) -> None:
    style = "" if row.offered else "dim"
    types = f"{row.accepts} → {row.returns}".strip()
    cells = [Text(row.name, style=style), Text(types, style=style)]
    if not row.models:
        note = "" if row.offered else "none in this profile"
        table.add_row(*cells, Text(note, style=style))
    for model in row.models:
        size = f"{model.bytes / _MIB:.0f}" if model.bytes else ""
        table.add_row(*cells, model.id, model.licence, size, model.state)
        cells = [Text(), Text()]
