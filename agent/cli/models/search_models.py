"""List what a model hub has for a task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from agent.cli.console import Console
from agent.record.control_characters import json_text
from tools.errors import InputError
from tools.models.catalogue import Catalogue
from tools.models.hub.adapter_rules import choose_rule
from tools.models.hub.checkpoint import checkpoint_from_search, select_files
from tools.models.hub.hub_card import licence_name
from tools.models.hub.hub_client import HubClient, HubModel
from tools.models.hub.task_words import task_of

_GB = 1e9
_CANDIDATES = 40
"""Models that are looked at; each takes one request."""


@dataclass(frozen=True)
class SearchResult:
    """One model of a hub, and whether it can be added."""

    repository: str
    downloads: int
    bytes: int
    licence: str
    tools: tuple[str, ...]
    """The tools that it would perform; empty if no adapter loads it."""
    problem: str
    """Why it cannot be added."""
    is_added: bool


def search_models(
    words: str, home: Path, *, licence: str, max_gb: float, limit: int, as_json: bool
) -> None:
    """Print the models of a task that match, most downloads first."""
    client = HubClient()
    client.require_answer()
    task = task_of(words)
    added_repositories = {
        repository.name
        for card in Catalogue.load(home)
        if card.own
        for repository in card.repositories
    }
    results = [
        _result(model, added_repositories)
        for model in client.search(task, words, licence, _CANDIDATES)
    ]
    results = [result for result in results if not max_gb or result.bytes <= max_gb * _GB][:limit]
    if as_json:
        rows: list[dict[str, Any]] = [vars(result) for result in results]
        print(json_text({"task": task, "models": rows}, indent=2))
        return
    _print_results(results, task or f"the name {words!r}")


def _result(model: HubModel, added_repositories: set[str]) -> SearchResult:
    size = sum(file.bytes for name, file in model.files.items() if name.endswith(".safetensors"))
    tools: tuple[str, ...] = ()
    problem = ""
    try:
        checkpoint = checkpoint_from_search(model)
        rule = choose_rule(checkpoint)
        names = select_files(checkpoint).names
        size = sum(model.files[name].bytes for name in names)
        tools = rule.tools
    except InputError as error:
        problem = error.message.removeprefix(f"{model.repository!r} ")
    return SearchResult(
        model.repository,
        model.downloads,
        size or sum(file.bytes for file in model.files.values()),
        licence_name(model.licence) + (", gated" if model.gated else ""),
        tools,
        problem,
        model.repository in added_repositories,
    )


def _print_results(results: list[SearchResult], task: str) -> None:
    console = Console(highlight=False)
    if not results:
        console.print(
            Text(f"the hub has nothing for {task} within these limits\n").append(
                "hint: use other words, or leave --licence and --max-gb out", style="dim"
            )
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("model", "downloads", "GB", "licence", "for"):
        right = column in ("downloads", "GB")
        table.add_column(
            column,
            overflow="fold",
            justify="right" if right else "left",
            no_wrap=right or column == "model",  # the name is there to be copied
        )
    for result in results:
        tools = Text(", ".join(result.tools)) if result.tools else Text(result.problem, "dim")
        table.add_row(
            Text(result.repository, "bold" if result.tools else "dim"),
            f"{result.downloads:,}",
            f"{result.bytes / _GB:.2f}",
            Text(result.licence),
            tools.append(" (added)") if result.is_added else tools,
        )
    console.print(Text(f"{task}, most downloads first", "dim"))
    console.print(table)
    fitting = next((result for result in results if result.tools), None)
    if fitting:
        console.print(Text(f"add one: batuta models add hf:{fitting.repository}", "dim"))
