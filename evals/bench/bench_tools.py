"""Measure each tool's models: load time, run time, peak memory and quality.

    python -m evals.bench.bench_tools [--profile offline] [--tool detect] [--json docs/tools.json]

Each model is measured in a separate process, which loads it, calls each of its tools twice on the
arguments of evals/quality/sample_calls.py, and then measures the quality where there is a measure.
Memory is the process's peak above that of the program itself, the model's library included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from evals.quality import QUALITY
from evals.quality.quality_results import Results, Row
from evals.quality.sample_calls import arguments_for
from evals.user_catalogue import user_catalogue
from tools.home import home
from tools.models.card import LANGUAGE_MODEL
from tools.models.profile import Profile
from tools.models.residency.card_loader import CardLoader
from tools.models.routing import uses_writer
from tools.operating_system import load_average, peak_bytes
from tools.sdk.registry import AnyTool, Registry

RESULTS = Path(__file__).parents[2] / "docs" / "tools.json"
TIMEOUT_S = 600
NO_MODEL = "none"


def jobs(profile: Profile, only: str = "") -> Mapping[str, Sequence[str]]:
    """Return the tools to measure by model; NO_MODEL for tools without one."""
    by_model: dict[str, list[str]] = {}
    for tool in Registry.load(user_folder=home() / "tools").values():
        if only in ("", tool.name) and arguments_for(tool.name) is not None:
            for model in _models_of(tool, profile):
                by_model.setdefault(model, []).append(tool.name)
    # The slowest comes last.
    return dict(sorted(by_model.items(), key=lambda item: item[0] == LANGUAGE_MODEL))


def _models_of(tool: AnyTool, profile: Profile) -> list[str]:
    if tool.model_class is None:
        return [NO_MODEL]
    cards = [card.id for card in profile.cards_for(tool.name)]
    return cards or ([LANGUAGE_MODEL] if uses_writer(tool) else [])


def measure(profile: Profile, model_id: str, names: Sequence[str]) -> Iterator[Row]:
    """Measure the rows of one model in this process."""
    registry = Registry.load(user_folder=home() / "tools")
    arguments = {name: arguments_for(name) or {} for name in names}
    before = peak_bytes()
    start = time.perf_counter()
    models = [] if model_id == NO_MODEL else [_load(profile, model_id)]
    load_s = time.perf_counter() - start if models else None
    for name in names:
        first_s, later_s = (_seconds(registry[name], models, arguments[name]) for _ in range(2))
        peak = peak_bytes() - before
        quality = tuple(QUALITY[name](*models)) if name in QUALITY else ()
        model_name = "" if model_id == NO_MODEL else model_id
        yield Row(name, model_name, load_s, first_s, later_s, peak, quality)


def _seconds(tool: AnyTool, models: Sequence[Any], arguments: Mapping[str, Any]) -> float:
    start = time.perf_counter()
    tool(*models, **arguments)
    return time.perf_counter() - start


def _load(profile: Profile, model_id: str) -> Any:
    if model_id != LANGUAGE_MODEL:
        device = profile.device_of(profile.card(model_id))
        return CardLoader(profile).load(model_id, device).model
    from agent.runtime.conductor_writer import ConductorWriter
    from agent.runtime.session import Session

    writer = ConductorWriter(Session.load(profile.name, home=home()).language_model())
    writer.write("Answer with one word.", "Are you there?")  # the first call loads the model
    return writer


def main(
    profile: Annotated[
        str, typer.Option(help="The profile whose models are measured.")
    ] = "offline",
    tool: Annotated[str, typer.Option(help="Measure only this tool; other rows stay.")] = "",
    model: Annotated[str, typer.Option(help="Measure only this model, in this process.")] = "",
    json_file: Annotated[Path, typer.Option("--json", help="The file for the rows.")] = RESULTS,
) -> None:
    """Measure every tool with each of its models in the profile."""
    chosen = Profile.load(profile, user_catalogue())
    pending = jobs(chosen, tool)
    if model:
        for row in measure(chosen, model, pending[model]):
            print(json.dumps(asdict(row)), flush=True)
        return
    console = Console()
    load = round(load_average(), 1)
    results = Results(profile, os.cpu_count() or 1, load)
    if tool:
        results = Results.read(json_file) or results
    for model_id, names in pending.items():
        console.print(f"[dim]{model_id}: {', '.join(names)}[/dim]")
        results = results.with_rows(_measure_in_subprocess(profile, tool, model_id, console))
        results.write(json_file)
    _show(results, console)


def _measure_in_subprocess(profile: str, tool: str, model_id: str, console: Console) -> list[Row]:
    command = [sys.executable, "-m", "evals.bench.bench_tools", "--profile", profile]
    command += ["--tool", tool, "--model", model_id]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            output, errors = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            errors += f"\ntimed out after {TIMEOUT_S} seconds"
    if process.returncode:
        console.print(f"[red]{model_id}:[/red] {errors.strip()[-400:]}", highlight=False)
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return [Row.read(json.loads(line)) for line in lines]


def _show(results: Results, console: Console) -> None:
    costs = Table("tool", "model", "load s", "first s", "later s", "peak MB")
    qualities = Table("tool", "model", "quality", "", "cases", "beside")
    for row in results.rows:
        costs.add_row(row.tool, row.model, *row.costs)
        for entry in row.quality:
            cells = (entry.measure, f"{entry.value:.3g}", str(entry.cases), entry.baseline)
            qualities.add_row(row.tool, row.model, *cells)
    console.print(costs)
    console.print(qualities)
    console.print(results.note)


if __name__ == "__main__":
    typer.run(main)
