"""Fetch weights from the command line, with progress bars."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from agent.cli.console import Console
from agent.cli.models.consent import ask_for_consent
from agent.cli.terminal import warn_of_missing_clients
from agent.record.control_characters import json_text
from tools.errors import Cancelled
from tools.models.card import Card
from tools.models.catalogue import Catalogue
from tools.models.download import PullItem, PullProgress, plan_pull, pull, verify
from tools.models.hardware import require_gpu
from tools.models.hub.download_speed import bytes_per_second, duration_text
from tools.models.hub.hub_client import HubClient
from tools.models.profile import Profile

_MIB = 1 << 20
ASK_ABOVE_BYTES = 500_000_000
_COMMIT = re.compile(r"@[0-9a-f]{40}(/|$)")


def show_pull_plan(profile_name: str, home: Path, *, as_json: bool) -> None:
    """Print the source, size and licence of every file of a profile."""
    profile = Profile.load(profile_name, Catalogue.load(home))
    items = plan_pull(profile.required_cards())
    warn_of_missing_clients(profile)
    if as_json:
        print(json_text([asdict(item) for item in items], indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("model", "MiB", "licence", "here", "source"):
        table.add_column(column, overflow="fold", no_wrap=column != "source")
    for item in items:
        size = f"{item.download_bytes / _MIB:.1f}"
        table.add_row(item.card, size, item.licence, "yes" if item.present else "no", item.source)
    missing = sum(item.bytes for item in items if not item.present)
    console = Console(highlight=False)
    console.print(table)
    total = sum(item.bytes for item in items)
    console.print(f"to fetch: {missing / _MIB:.0f} MiB of {total / _MIB:.0f} MiB")
    for item in items:
        if item.gated and not item.present:
            page = f"https://huggingface.co/{item.file}"
            console.print(f"{item.card}: accept its licence first, at {page}", soft_wrap=True)


def pull_models(profile_name: str, home: Path, *, check: bool, consent: bool) -> None:
    """Fetch missing weights; `check` verifies the hash of every file first.

    Large weights of a hub need consent, given beforehand or when asked.
    """
    profile = Profile.load(profile_name, Catalogue.load(home))
    require_gpu(profile)
    warn_of_missing_clients(profile)
    cards = profile.required_cards()
    stop = threading.Event()
    console = Console(stderr=True, highlight=False)
    if check:
        for item in verify(cards, stop=stop):
            console.print(f"removed, its content had changed: {item.card} {item.file}")
    if not consent:
        _ask_for_consent(plan_pull(cards))
    pull_with_bars(cards, stop)
    console.print(f"all {len(cards)} models of profile {profile_name!r} are here")


def _ask_for_consent(items: Sequence[PullItem]) -> None:
    """Show size and licence of large weights of a hub, and ask."""
    missing = [item for item in items if not item.present and item.source.startswith("hf:")]
    size = sum(item.download_bytes for item in missing)
    if size <= ASK_ABOVE_BYTES:
        return
    console = Console(highlight=False, soft_wrap=True)
    for item in missing:
        unpinned = "" if _COMMIT.search(item.source) else "; not pinned to a commit"
        console.print(
            f"{item.card}: {item.download_bytes / 1e9:.2f} GB, {item.licence}{unpinned}",
            markup=False,
        )
    largest = max(missing, key=lambda item: item.download_bytes).source.removeprefix("hf:")
    repository, _, revision = largest.partition("@")
    speed = bytes_per_second(HubClient(), repository, revision.partition("/")[0])
    if duration := duration_text(size, speed):
        console.print(duration, markup=False)
    ask_for_consent(f"{size / 1e9:.2f} GB of a model hub")


def pull_with_bars(cards: Iterable[Card], stop: threading.Event) -> None:
    """Fetch the weights of models, with a progress bar for each file."""
    console = Console(stderr=True, highlight=False)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        console=console,
    )
    tasks: dict[tuple[str, str], TaskID] = {}

    def observe(progress: PullProgress) -> None:
        key = (progress.card, progress.file)
        if key not in tasks:
            tasks[key] = bars.add_task(progress.card, total=progress.total_bytes)
        bars.update(tasks[key], completed=progress.done_bytes)

    with bars:
        try:
            pull(cards, observe=observe, stop=stop)
        except KeyboardInterrupt as error:
            stop.set()
            raise Cancelled(
                "stopped; what was downloaded is kept", hint="continue with: batuta models pull"
            ) from error
