"""The training loop: seeded, with a time budget, checkpoints and exact resumption."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from tools.errors import InputError
from train.loop.processes import Processes
from train.loop.recipe import Batch, Recipe

CHECKPOINT = "checkpoint.pt"
HISTORY = "training.json"
"""The file beside shipped weights with the samples and minutes of all their trainings."""
SHEET = "sheet.png"
LOG = "log.jsonl"
LOG_EVERY_S = 60.0
MAX_GRADIENT_NORM = 1.0
"""The norm that gradients are clipped to, so that one outlier batch cannot do much harm."""
MAX_LOSS_RATIO = 10.0
"""A step whose loss exceeds the smoothed loss by this factor is skipped. In bfloat16 one step in a
thousand had a million times the usual loss, and never again for the same batch."""


@dataclass(frozen=True)
class TrainingBudget:
    """The length of a training: minutes, or steps if set."""

    minutes: float = 20.0
    steps: int = 0

    def spent(self, progress: TrainingProgress) -> float:
        """Return the spent share, 0 to 1, for the learning rate schedule."""
        share = progress.steps / self.steps if self.steps else progress.seconds / 60 / self.minutes
        return min(share, 1.0)


@dataclass
class TrainingProgress:
    """The progress of a training."""

    steps: int = 0
    seconds: float = 0.0
    samples: int = 0
    loss: float = float("nan")
    """Smoothed."""
    earlier_samples: int = 0
    """Samples of the trainings that this one resumes from."""
    earlier_minutes: float = 0.0
    tokens: int = 0
    """Tokens of the samples of the first process, if these are text."""
    rate: float = 0.0
    """The last learning rate as a share of its peak."""


def rate_share(recipe: Recipe[Any], steps: int, spent: float) -> float:
    """Return the learning rate schedule: linear warm-up, constant, linear decay."""
    up = (steps + 1) / recipe.warmup_steps if recipe.warmup_steps else 1.0
    down = (1 - spent) / recipe.decay_share if recipe.decay_share else 1.0
    return min(up, down, 1.0)


class Training:
    """The training of one recipe, with the state that a checkpoint holds."""

    def __init__(
        self, recipe: Recipe[Batch], folder: Path, processes: Processes | None = None
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.processes = processes or Processes()
        self.progress = TrainingProgress()
        self.optimizers = recipe.optimizers()
        self.average = {name: value.clone() for name, value in recipe.network.state_dict().items()}
        self._peaks = [float(group["lr"]) for group in self._groups()]

    @property
    def samples(self) -> int:
        """The samples of all trainings of the weights."""
        return self.progress.earlier_samples + self.progress.samples

    @property
    def minutes(self) -> float:
        """The minutes of all trainings of the weights."""
        return self.progress.earlier_minutes + self.progress.seconds / 60

    def step(self, batch: Any, spent: float) -> None:
        """Train on the next batch together with the other processes."""
        recipe, progress, processes = self.recipe, self.progress, self.processes
        # A training that is extended after its end warms up again.
        rise = 1 / max(recipe.warmup_steps, 1)
        share = progress.rate = min(rate_share(recipe, progress.steps, spent), progress.rate + rise)
        for group, peak in zip(self._groups(), self._peaks, strict=True):
            group["lr"] = peak * share
        torch.manual_seed(hash((recipe.seed, processes.batch_number(progress.steps))) % 2**63)
        recipe.network.train()
        kind = recipe.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=recipe.bfloat16):
            loss = recipe.loss(batch)
        current_loss = float(processes.mean(loss.detach()))
        smoothed_loss = current_loss if progress.steps == 0 else progress.loss
        sane = current_loss <= MAX_LOSS_RATIO * smoothed_loss
        if sane:
            loss.backward()
            processes.average_gradients(recipe.network)
            nn.utils.clip_grad_norm_(recipe.network.parameters(), MAX_GRADIENT_NORM)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad()
            self._update_average()
        progress.loss = 0.98 * smoothed_loss + 0.02 * (
            current_loss if sane else MAX_LOSS_RATIO * smoothed_loss
        )
        progress.steps += 1
        progress.samples += recipe.batch_size * processes.count
        progress.tokens += recipe.tokens(batch)

    def _groups(self) -> list[dict[str, Any]]:
        """Return the parameter groups, which loading a checkpoint replaces."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    @torch.no_grad()
    def _update_average(self) -> None:
        """Update the exponential moving average of the weights; faster at the beginning."""
        decay = min(self.recipe.averaging, (1 + self.progress.steps) / (10 + self.progress.steps))
        for name, value in self.recipe.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)

    @contextmanager
    def averaged(self) -> Generator[nn.Module]:
        """Use the averaged weights in the network while the context lasts."""
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
        """Write the checkpoint atomically, so that a kill leaves a valid one.

        Only the first process writes, since all have the same weights.
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
        """Resume from the checkpoint; return whether there is one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.recipe.device, weights_only=True)
        self.recipe.network.load_state_dict(self.recipe.current_weight_names(state["network"]))
        self.average = self.recipe.current_weight_names(state["average"])
        for optimizer, optimizer_state in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(optimizer_state)
        self.progress = TrainingProgress(**state["progress"])
        return True

    def forget(self) -> None:
        """Remove the checkpoint: the next training resumes from the shipped weights."""
        (self.folder / CHECKPOINT).unlink(missing_ok=True)

    def start_from(self, folder: Path) -> None:
        """Start from shipped weights instead of random ones."""
        if not (folder / HISTORY).exists():
            raise InputError(
                f"there are no weights to go on from in {folder}",
                hint="train the previous stage first, or start from the beginning without --resume",
            )
        self.recipe.load_weights(folder)
        past = json.loads((folder / HISTORY).read_text())
        self.progress = TrainingProgress(
            earlier_samples=past["samples"], earlier_minutes=past["minutes"]
        )
        self.average = {
            name: value.clone() for name, value in self.recipe.network.state_dict().items()
        }


def train(
    training: Training,
    budget: TrainingBudget,
    *,
    workers: int = 0,
    save_every_s: float = 180.0,
    sheet_every_s: float = 600.0,
    observe: Callable[[TrainingProgress, float], None] = lambda progress, spent: None,
) -> None:
    """Train until the budget is spent. Ctrl-C saves and is passed on.

    `workers` processes build the batches, where a GPU would wait for them; 0 uses this process.
    """
    processes = training.processes
    saved_at = sheet_at = logged_at = time.monotonic()
    before = training.progress.steps
    batches = DataLoader(
        _Batches(training.recipe),
        batch_size=None,
        sampler=count(processes.batch_number(before), processes.count),
        num_workers=workers,
    )
    try:
        started_at = time.monotonic()
        for batch in batches:
            if (spent := processes.broadcast(budget.spent(training.progress))) >= 1:
                break
            training.step(batch, spent)
            training.progress.seconds += time.monotonic() - started_at
            started_at = time.monotonic()
            observe(training.progress, spent)
            if processes.first and time.monotonic() - logged_at > LOG_EVERY_S:
                append_log(training)
                logged_at = time.monotonic()
            if time.monotonic() - saved_at > save_every_s:
                training.save()
                saved_at = time.monotonic()
            if processes.first and time.monotonic() - sheet_at > sheet_every_s:
                draw_sheet(training)
                sheet_at = time.monotonic()
    finally:
        if training.progress.steps > before:
            training.save()


def append_log(training: Training) -> None:
    """Append the progress to the training's log, a JSON object a line."""
    training.folder.mkdir(parents=True, exist_ok=True)
    with (training.folder / LOG).open("a") as log:
        log.write(json.dumps(asdict(training.progress)) + "\n")


class _Batches(Dataset[Any]):
    """The batches of a recipe by number."""

    def __init__(self, recipe: Recipe[Any]) -> None:
        self._recipe = recipe

    def __getitem__(self, number: int) -> object:
        return self._recipe.batch(number)


def draw_sheet(training: Training) -> None:
    """Write an image of samples of the averaged network."""
    with training.averaged():
        sheet = training.recipe.sheet()
    if sheet is not None:
        training.folder.mkdir(parents=True, exist_ok=True)
        sheet.save(training.folder / SHEET)
