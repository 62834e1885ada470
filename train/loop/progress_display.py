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
    from train.loop.training_loop import TrainingProgress

LINE_EVERY_S = 30.0


@contextmanager
def show_progress(
    name: str, processes: Processes
) -> Generator[Callable[[TrainingProgress, float], None]]:
    """Display progress while the context lasts; yield the callback after each step.

    Only the first process displays it.
    """
    if not processes.first:
        yield lambda progress, spent: None
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
    printed_at = time.monotonic()

    def observe(progress: TrainingProgress, spent: float) -> None:
        nonlocal printed_at
        bar.update(task, completed=spent, description=_format_progress(progress))
        if not console.is_terminal and time.monotonic() - printed_at > LINE_EVERY_S:
            console.print(f"{name} {spent:.1%} {_format_progress(progress)}")
            printed_at = time.monotonic()

    with bar:
        yield observe


def _format_progress(progress: TrainingProgress) -> str:
    speed = f"{progress.samples / progress.seconds:.3g} samples/s"
    if progress.tokens:
        speed += f" {progress.tokens / progress.seconds:.0f} tokens/s"
    return f"step {progress.steps} loss {progress.loss:.4f} {speed}"
