"""The command `batuta doctor`: report what works and what is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from agent.cli.options import AUTO, AsJson, ProfileName, exit_on_error

if TYPE_CHECKING:
    from rich.table import Table

    from agent.cli.doctor import Facts, Finding, State

_MARKS: dict[State, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "notice": ("–", "yellow"),
    "problem": ("✗", "red"),
}
_WORKS = "everything needed works"
_FAILS = "Batuta cannot work until the problems marked ✗ are solved"


def doctor(profile: ProfileName = AUTO, as_json: AsJson = False) -> None:
    """Check this machine and name the command that solves each problem.

    Exit code 0 if everything needed works, 1 otherwise.
    """
    from agent.cli.console import Console
    from agent.cli.doctor import findings, gather, works
    from tools.home import home

    with Console(stderr=True).status("checking this machine"):
        facts = exit_on_error(lambda: gather(profile, home()))
    report = findings(facts)
    if as_json:
        print(as_json_text(facts, report))
    else:
        console = Console(highlight=False)
        console.print(table_of(report))
        console.print(_WORKS if works(report) else _FAILS)
    raise typer.Exit(0 if works(report) else 1)


def table_of(report: Sequence[Finding]) -> Table:
    """Return the report as a table, each fix below its finding."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report:
        mark, style = _MARKS[finding.state]
        table.add_row(Text(mark, style=style), Text(finding.name, style="bold"), Text(finding.text))
        if finding.fix:
            table.add_row("", "", Text(f"→ {finding.fix}", style="cyan"))
    return table


def as_json_text(facts: Facts, report: Sequence[Finding]) -> str:
    """Return the facts and the findings as JSON."""
    from agent.cli.doctor import works

    content = {
        "works": works(tuple(report)),
        "findings": [asdict(finding) for finding in report],
        "facts": asdict(facts),
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)
