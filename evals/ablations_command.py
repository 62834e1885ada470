"""The command `batuta eval ablations`: what each part of the agent contributes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.options import exit_on_error
from agent.runtime.run_coroutine import run_coroutine
from evals.harness.suite_arguments import suite_arguments

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SUITE = "answers"


def ablations(
    llm: Annotated[str, typer.Option("--llm", help="The language model, as provider:model.")] = "",
    profile: Annotated[str, typer.Option(help="The profile of models to use.")] = "offline",
    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number of samples.")] = None,
    only: Annotated[
        list[str], typer.Option("--only", help="Only this ablation; may be repeated.")
    ] = [],  # noqa: B006  (typer copies it)
    option: Annotated[
        list[str], typer.Option("--set", help="Another parameter of the suite: kind=image")
    ] = [],  # noqa: B006
    out: Annotated[Path, typer.Option(help="The folder for runs.")] = Path("eval-runs"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run everything again, finished runs too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Run the suite answers without one part of the agent at a time, and compare.

    Finished runs with the same options are used again, and unfinished ones are continued.
    """
    from evals.scoring.ablation_table import (
        ablation_rows,
        ablations_json,
        ablations_markdown,
        show_ablations,
    )

    def work() -> tuple[dict[str, EvalLog], dict[str, str]]:
        arguments = suite_arguments(llm, profile, None, option)
        return _run_all(arguments, limit, only, out, fresh=fresh)

    logs, skipped = exit_on_error(work)
    rows = ablation_rows(logs)
    if as_json:
        from agent.record.control_characters import json_text

        typer.echo(json_text(ablations_json(rows, skipped), indent=2))
    elif markdown:
        typer.echo(ablations_markdown(rows, skipped))
    else:
        show_ablations(rows, skipped)


def _run_all(
    arguments: dict[str, Any], limit: int | None, only: list[str], out: Path, *, fresh: bool
) -> tuple[dict[str, EvalLog], dict[str, str]]:
    """Return the run of each ablation, and why some were not run."""
    from evals.harness.ablations import ABLATIONS, FULL, find_ablation
    from evals.harness.run_suite import SuiteOptions, finish_run

    chosen = [find_ablation(name) for name in dict.fromkeys([FULL, *(only or ABLATIONS)])]
    reads_examples = run_coroutine(_reads_examples(arguments))
    logs: dict[str, EvalLog] = {}
    skipped: dict[str, str] = {}
    for number, ablation in enumerate(chosen, 1):
        if ablation.needs_examples and not reads_examples:
            skipped[ablation.name] = (
                "the planner is fine-tuned: its prompt has no examples and no choice of tools"
            )
            continue
        passed = {**arguments, "ablation": ablation.name}
        options = SuiteOptions(SUITE, passed, limit)
        typer.echo(
            f"{number} of {len(chosen)}: {ablation.name}, without {ablation.without}", err=True
        )
        logs[ablation.name] = finish_run(options, out, fresh=fresh)
    return logs, skipped


async def _reads_examples(arguments: dict[str, Any]) -> bool:
    """Return whether the prompts of this planner have examples."""
    from agent.planner.planner import FineTunable
    from agent.runtime.agent_runtime import Settings
    from evals.harness.eval_agents import agent_for

    settings = Settings(
        profile=arguments.get("profile", "offline"), language_model=arguments.get("llm", "")
    )
    async with agent_for(settings) as agent:
        model = agent.session.language_model()
        return not (isinstance(model, FineTunable) and await model.known_tools() is not None)
