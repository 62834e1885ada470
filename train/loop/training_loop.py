"""The training loop: seeded, ended by time, saved every few minutes, resumed to the bit."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from tools.errors import InputError
from train.loop.processes import Processes
from train.loop.recipe import Batch, Recipe

CHECKPOINT = "checkpoint.pt"
HISTORY = "training.json"
"""Beside shipped weights: how many samples they saw in how many minutes, in all their trainings."""
SHEET = "sheet.png"
LOG = "log.jsonl"
LOG_EVERY_S = 60.0
MOST_GRADIENT = 1.0
"""Gradients longer than this are shortened, so that one odd batch cannot undo much."""
ABSURD = 10.0
"""A loss so many times the usual one teaches nothing: the step is left out. Seen once in a thousand
steps in bfloat16, a million times the usual one, never again for the same batch."""


@dataclass(frozen=True)
class Budget:
    """When a training ends: after so many minutes, or exactly after so many steps."""

    minutes: float = 20.0
    steps: int = 0

    def spent(self, progress: Progress) -> float:
        """The share used up, from 0 to 1: the learning rate follows it."""
        share = progress.steps / self.steps if self.steps else progress.seconds / 60 / self.minutes
        return min(share, 1.0)


@dataclass
class Progress:
    """How far a training has come."""

    steps: int = 0
    seconds: float = 0.0
    samples: int = 0
    loss: float = float("nan")
    """Smoothed."""
    earlier_samples: int = 0
    """Those of the trainings that this one goes on from."""
    earlier_minutes: float = 0.0
    tokens: int = 0
    """Of the samples, where these are texts; those of the first process."""
    rate: float = 0.0
    """The last learning rate as a share of its peak."""


def rate_share(recipe: Recipe[Any], steps: int, spent: float) -> float:
    """The learning rate as a share of its peak: up in a line, constant, down in a line to zero."""
    up = (steps + 1) / recipe.warmup_steps if recipe.warmup_steps else 1.0
    down = (1 - spent) / recipe.decay_share if recipe.decay_share else 1.0
    return min(up, down, 1.0)


class Training:
    """One recipe being trained, with all that is needed to go on after a stop."""

    def __init__(
        self, recipe: Recipe[Batch], folder: Path, processes: Processes | None = None
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.processes = processes or Processes()
        self.progress = Progress()
        self.optimizers = recipe.optimizers()
        self.average = {name: value.clone() for name, value in recipe.network.state_dict().items()}
        self._peaks = [float(group["lr"]) for group in self._groups()]

    @property
    def samples(self) -> int:
        """Everything the weights have seen."""
        return self.progress.earlier_samples + self.progress.samples

    @property
    def minutes(self) -> float:
        """How long the weights have been trained altogether."""
        return self.progress.earlier_minutes + self.progress.seconds / 60

    def step(self, batch: Any, spent: float) -> None:
        """Learn from the next batch, and from those of the other processes."""
        recipe, progress, processes = self.recipe, self.progress, self.processes
        # A training that is extended after its end warms up again.
        rise = 1 / max(recipe.warmup_steps, 1)
        share = progress.rate = min(rate_share(recipe, progress.steps, spent), progress.rate + rise)
        for group, peak in zip(self._groups(), self._peaks, strict=True):
            group["lr"] = peak * share
        torch.manual_seed(hash((recipe.seed, processes.own(progress.steps))) % 2**63)
        recipe.network.train()
        kind = recipe.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=recipe.bfloat16):
            loss = recipe.loss(batch)
        now = float(processes.mean(loss.detach()))
        usual = now if progress.steps == 0 else progress.loss
        sane = now <= ABSURD * usual
        if sane:
            loss.backward()
            processes.join_gradients(recipe.network)
            nn.utils.clip_grad_norm_(recipe.network.parameters(), MOST_GRADIENT)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad()
            self._follow()
        progress.loss = 0.98 * usual + 0.02 * (now if sane else ABSURD * usual)
        progress.steps += 1
        progress.samples += recipe.batch_size * processes.count
        progress.tokens += recipe.tokens(batch)

    def _groups(self) -> list[dict[str, Any]]:
        """The optimizers' groups, which loading a checkpoint replaces."""
        return [group for each in self.optimizers for group in each.param_groups]

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the trained weights; faster in the beginning."""
        keep = min(self.recipe.averaging, (1 + self.progress.steps) / (10 + self.progress.steps))
        for name, value in self.recipe.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - keep)
            else:
                self.average[name].copy_(value)

    @contextmanager
    def averaged(self) -> Generator[nn.Module]:
        """The network with its averaged weights, for as long as this lasts."""
        network = self.recipe.network
        trained = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self.average)
        network.eval()
        try:
            with torch.no_grad():
                yield network
        finally:
            network.load_state_dict(trained)

    def save(self) -> None:
        """Write the checkpoint in one piece: a kill leaves the earlier one or this one.

        The first process does, since all have the same weights.
        """
        if not self.processes.first:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{CHECKPOINT}.part"
        state = {
            "network": self.recipe.network.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": asdict(self.progress),
        }
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / CHECKPOINT)

    def restore(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.recipe.device, weights_only=True)
        self.recipe.network.load_state_dict(state["network"])
        self.average = cast("dict[str, Tensor]", state["average"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.progress = Progress(**state["progress"])
        return True

    def forget(self) -> None:
        """Remove the checkpoint: the weights have shipped, and the next training goes on there."""
        (self.folder / CHECKPOINT).unlink(missing_ok=True)

    def start_from(self, folder: Path) -> None:
        """Begin with shipped weights instead of random ones."""
        if not (folder / HISTORY).exists():
            raise InputError(
                f"there are no weights to go on from in {folder}",
                hint="train the stage before first, or from the beginning without --resume",
            )
        self.recipe.take(folder)
        past = json.loads((folder / HISTORY).read_text())
        self.progress = Progress(earlier_samples=past["samples"], earlier_minutes=past["minutes"])
        self.average = {
            name: value.clone() for name, value in self.recipe.network.state_dict().items()
        }


def train(
    training: Training,
    budget: Budget,
    *,
    workers: int = 0,
    save_every_s: float = 180.0,
    sheet_every_s: float = 600.0,
    observe: Callable[[Progress, float], None] = lambda progress, spent: None,
) -> None:
    """Train until the budget is spent. Ctrl-C saves and is passed on.

    `workers` processes make the batches, where a GPU would wait for one; 0 makes them here.
    """
    processes = training.processes
    saved = sheeted = logged = time.monotonic()
    before = training.progress.steps
    batches = DataLoader(
        _Batches(training.recipe),
        batch_size=None,
        sampler=count(processes.own(before), processes.count),
        num_workers=workers,
    )
    try:
        started = time.monotonic()
        for batch in batches:
            if (spent := processes.agreed(budget.spent(training.progress))) >= 1:
                break
            training.step(batch, spent)
            training.progress.seconds += time.monotonic() - started
            started = time.monotonic()
            observe(training.progress, spent)
            if processes.first and time.monotonic() - logged > LOG_EVERY_S:
                append_log(training)
                logged = time.monotonic()
            if time.monotonic() - saved > save_every_s:
                training.save()
                saved = time.monotonic()
            if processes.first and time.monotonic() - sheeted > sheet_every_s:
                draw_sheet(training)
                sheeted = time.monotonic()
    finally:
        if training.progress.steps > before:
            training.save()


def append_log(training: Training) -> None:
    """Append the progress to the training's log, a JSON object a line."""
    training.folder.mkdir(parents=True, exist_ok=True)
    with (training.folder / LOG).open("a") as log:
        log.write(json.dumps(asdict(training.progress)) + "\n")


class _Batches(Dataset[Any]):
    """A recipe's batches by their numbers."""

    def __init__(self, recipe: Recipe[Any]) -> None:
        self._recipe = recipe

    def __getitem__(self, number: int) -> object:
        return self._recipe.batch(number)


def draw_sheet(training: Training) -> None:
    """Write what the averaged network makes now, to be looked at."""
    with training.averaged():
        sheet = training.recipe.sheet()
    if sheet is not None:
        training.folder.mkdir(parents=True, exist_ok=True)
        sheet.save(training.folder / SHEET)
