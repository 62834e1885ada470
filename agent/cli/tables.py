"""List models and runs; tools are in agent/cli/tool_table.py."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from agent.cli.console import Console, warn
from agent.cli.terminal import warn_of_missing_clients
from agent.record.control_characters import json_text
from agent.record.journal import Runs
from tools.models.catalogue import Catalogue
from tools.models.download import plan_pull
from tools.models.profile import Profile

_MIB = 1 << 20


def show_runs(home: Path, *, as_json: bool) -> None:
    """Print all runs, the latest first."""
    summaries = Runs(home / "runs").summaries()
    if as_json:
        _print_json([asdict(summary) for summary in summaries])
        return
    table = _table("run", "started", "state", "request")
    for summary in summaries:
        table.add_row(summary.id, summary.started, summary.state, Text(summary.request[:80]))
    _print(table, empty="no runs yet")


def show_models(profile_name: str, home: Path, *, as_json: bool) -> None:
    """Print the models of a profile: tools, licence, size and limitations."""
    catalogue = Catalogue.load(home)
    profile = Profile.load(profile_name, catalogue)
    rows: list[dict[str, Any]] = []
    usable = {card.id: card for tool in catalogue.tools for card in profile.cards_for(tool)}
    for card in usable.values():
        on_disk = all(item.present for item in plan_pull([card]))
        rows.append(
            {
                "id": card.id,
                "tools": list(card.tools),
                "licence": card.licence,
                "bytes": card.download_bytes,
                "endpoint": card.endpoint.host if card.endpoint else "",
                "on_disk": on_disk,
                "limitations": card.limitations,
            }
        )
    if as_json:
        _print_json({"profile": profile.name, "models": rows})
        return
    console = Console(highlight=False, soft_wrap=True)
    for row in rows:
        size = f"{row['bytes'] / _MIB:.0f} MiB" if row["bytes"] else "comes with its package"
        where = f"{size} · {'on disk' if row['on_disk'] else 'not fetched yet'}"
        if row["endpoint"]:
            where = f"runs at {row['endpoint']}"
        details = f"  {', '.join(row['tools'])} · {row['licence']} · {where}"
        console.print(Text(row["id"], style="bold").append(details, style="default not bold"))
        console.print(Text(f"    cannot {row['limitations']}", style="dim"))
    for card in catalogue.broken:
        warn(f"left out: {card.source}: {card.error}\nhint: {card.hint}")
    warn_of_missing_clients(profile)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=index == 0)
    return table


def _print(table: Table, *, empty: str) -> None:
    console = Console(highlight=False)
    console.print(table if table.row_count else empty)


def _print_json(content: object) -> None:
    print(json_text(content, indent=2))
