"""Write docs/tools.md: each tool's models, measurements, and a real result of its example.

    python -m evals.pages.tools_page [--profile offline]

The measurements are read from docs/tools.json, which `make bench-tools` writes.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.plan import Callee, NamedPlan, format_value
from agent.record.artifacts import references
from agent.record.events import CommandFinished
from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.bench.bench_tools import RESULTS
from evals.harness.agent_run import collect_run
from evals.pages.page_media import write_small
from evals.quality.quality_results import Results, Row
from tools.models.card import Card
from tools.sdk.tool import Tool
from tools.sdk.tool_check import SAMPLES

FOLDER = Path(__file__).parents[2] / "docs"
MAX_MEDIA = 4
SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class ExampleResult:
    """The result of a tool's example: text, or media files."""

    example: str
    words: str
    files: list[Path]


async def write_page(settings: Settings, folder: Path = FOLDER) -> None:
    """Run the examples of all tools and write the page with media."""
    media_folder = folder / "tools"
    media_folder.mkdir(parents=True, exist_ok=True)
    for old in media_folder.iterdir():
        old.unlink()
    sections: list[str] = []
    async with AgentRuntime.open(settings) as agent:
        profile = agent.session.profile.name
        measured = Results.read(folder / RESULTS.name)
        if measured is None or measured.profile != profile:
            measured = Results(profile, 0, 0)
        for tool in agent.session.offered.values():
            if isinstance(tool, Tool) and tool.internal:
                continue
            results = [
                await _run_example(agent, tool, example, media_folder) for example in tool.examples
            ]
            leases = isinstance(tool, Tool) and tool.model_class
            cards = agent.session.profile.cards_for(tool.name) if leases else ()
            lines = _section(
                tool, cards, measured.of(tool.name), [result for result in results if result]
            )
            sections.append("\n".join(lines))
    page = (
        "# Tools\n\n"
        f"What plans can use in the profile `{profile}`, each with the result of its example on "
        "the files of [tools/samples](../tools/samples/SOURCES.md). `make docs` writes this page "
        "and `make bench-tools` measures.\n\n" + "\n".join([*_table(measured), *sections])
    )
    (folder / "tools.md").write_text(page, encoding="utf-8")


async def _run_example(
    agent: AgentRuntime, tool: Callee, example: str, folder: Path
) -> ExampleResult | None:
    run = agent.run(f"example of {tool.name}", plan=example, named_files=SAMPLES)
    example_run = await collect_run(run)
    finished = [event for event in example_run.events if isinstance(event, CommandFinished)]
    store = agent.session.store
    if isinstance(tool, NamedPlan) and example_run.outcome.answer:
        words = example_run.outcome.answer_text.partition(": ")[2].strip()
        values = [result.value for result in example_run.outcome.results]
    elif own_events := [event for event in finished if event.tool == tool.name]:
        words = format_value(store.decode(own_events[-1].value))
        values = [own_events[-1].value]
    else:
        return None
    media = (store.get(digest) for value in values for digest in references(value)[:MAX_MEDIA])
    files = list(write_small(media, folder, tool.name))
    return ExampleResult(example, words[:SHOWN_CHARACTERS], files)


def _table(measured: Results) -> Iterator[str]:
    """Yield the table of measurements, in the order of the page."""
    if not measured.rows:
        return
    yield (
        f"Each model is measured in a separate process: {measured.note}. Peak memory is that of "
        "the process, the model's library included. The number after each quality is the number of "
        "cases.\n"
    )
    yield "| tool | model | load s | first call s | later call s | peak MB | quality |"
    yield "|---|---|---|---|---|---|---|"
    for row in measured.rows:
        quality = "<br>".join(map(str, row.quality))
        yield f"| {' | '.join((f'[{row.tool}](#{row.tool})', row.model, *row.costs, quality))} |"
    yield ""


def _section(
    tool: Callee, cards: Sequence[Card], rows: Sequence[Row], results: Sequence[ExampleResult]
) -> Iterator[str]:
    yield from (f"## {tool.name}", "", f"`{tool.signature}`", "", tool.description, "")
    for card in cards:
        size = f"{card.download_bytes / 2**20:.0f} MiB"
        yield f"- `{card.id}` ({card.licence}, {size}): cannot {card.limitations}"
    for row in rows:
        yield f"- {_measurement(row)}"
    if cards or rows:
        yield ""
    for result in results:
        yield from (f"`{result.example}`", "")
        if result.files:
            yield from (" ".join(_link(path, result.words) for path in result.files), "")
        else:
            yield from (*(f"> {line}" for line in result.words.splitlines()), "")


def _measurement(row: Row) -> str:
    load, first, later, peak = row.costs
    text = f"`{row.model}`: " if row.model else ""
    text += f"loads in {load} s, " if load else ""
    text += f"{first} s the first call, {later} s a later one, {peak} MB"
    return "; ".join([text, *map(str, row.quality)])


def _link(path: Path, words: str) -> str:
    if path.suffix == ".mp3":
        return f"[{words}](tools/{path.name})"
    return f"![{words}](tools/{path.name})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="offline")
    asyncio.run(write_page(Settings(profile=parser.parse_args().profile)))
