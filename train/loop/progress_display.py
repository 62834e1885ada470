"""Display training progress in a terminal or a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from train.loop.processes import Processes
    from train.loop.training_loop import Progress as Trained

LINE_EVERY_S = 30.0


@contextmanager
def shown(name: str, processes: Processes) -> Generator[Callable[[Trained, float], None]]:
    """Display progress while the context lasts; yield the callback after each step.

    Only the first process displays it.
    """
    if not processes.first:
        yield lambda trained, spent: None
        return
    console = Console()
    bar = Progress(
        TextColumn(name),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    task = bar.add_task("", total=1.0)
    told = time.monotonic()

    def observe(trained: Trained, spent: float) -> None:
        nonlocal told
        bar.update(task, completed=spent, description=_words(trained))
        if not console.is_terminal and time.monotonic() - told > LINE_EVERY_S:
            console.print(f"{name} {spent:.1%} {_words(trained)}")
            told = time.monotonic()

    with bar:
        yield observe


def _words(trained: Trained) -> str:
    speed = f"{trained.samples / trained.seconds:.3g} samples/s"
    if trained.tokens:
        speed += f" {trained.tokens / trained.seconds:.0f} tokens/s"
    return f"step {trained.steps} loss {trained.loss:.4f} {speed}"
