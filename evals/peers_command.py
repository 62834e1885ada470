"""The command `batuta eval peers`: the same requests in this agent and in those of others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.options import exit_on_error
from evals.harness.suite_arguments import suite_arguments
from evals.peers.compared_agents import AGENTS, OURS, find_agent

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SUITE = "peers"


def peers(
    llm: Annotated[str, typer.Option("--llm", help="The language model of every agent.")] = "",
    profile: Annotated[str, typer.Option(help="The profile of models to use.")] = "offline",
    requests: Annotated[int, typer.Option(min=1, help="Number of requests.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Which requests: the same for a seed.")] = 0,
    only: Annotated[
        list[str], typer.Option("--only", help="Only this agent; may be repeated.")
    ] = [],  # noqa: B006  (typer copies it)
    out: Annotated[Path, typer.Option(help="The folder for runs.")] = Path("eval-runs"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run everything again, finished runs too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Answer the same requests with this agent and with those of others, and compare.

    Finished runs with the same options are used again, and unfinished ones are continued.
    """
    from evals.scoring.peer_table import peer_rows, peers_json, peers_markdown, show_peers

    arguments = {
        **suite_arguments(llm, profile, None, []),
        **({"requests": requests} if requests != 30 else {}),
        **({"seed": seed} if seed else {}),
    }
    rows = peer_rows(exit_on_error(lambda: _run_all(arguments, only, out, fresh=fresh)))
    if as_json:
        from agent.record.control_characters import json_text

        typer.echo(json_text(peers_json(rows), indent=2))
    elif markdown:
        typer.echo(peers_markdown(rows))
    else:
        show_peers(rows)


def _run_all(
    arguments: dict[str, Any], only: list[str], out: Path, *, fresh: bool
) -> dict[str, EvalLog]:
    """Return the run of each agent."""
    from evals.harness.run_suite import SuiteOptions, finish_run

    names = list(dict.fromkeys([OURS, *map(find_agent, only)])) if only else list(AGENTS)
    logs: dict[str, EvalLog] = {}
    for number, name in enumerate(names, 1):
        typer.echo(f"{number} of {len(names)}: {name}, {AGENTS[name]}", err=True)
        options = SuiteOptions(SUITE, {**arguments, "agent": name})
        logs[name] = finish_run(options, out, fresh=fresh)
    return logs
