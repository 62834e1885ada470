"""Write the model card beside trained weights: description, data and scores."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from train.loop.training_loop import HISTORY

if TYPE_CHECKING:
    from train.loop.training_loop import Training

CARD = "README.md"


def ship_weights(training: Training, folder: Path) -> Mapping[str, float]:
    """Write the averaged weights with their card, and return their scores."""
    folder.mkdir(parents=True, exist_ok=True)
    with training.averaged():
        training.recipe.ship(folder)
        scores = training.recipe.score()
    (folder / HISTORY).write_text(
        json.dumps({"samples": training.samples, "minutes": round(training.minutes, 1)}) + "\n"
    )
    (folder / CARD).write_text(_card(training, scores))
    return scores


def _card(training: Training, scores: Mapping[str, float]) -> str:
    recipe = training.recipe
    weights = sum(weight.numel() for weight in recipe.network.parameters())
    command = f"{recipe.name} --stage {recipe.stage}" if recipe.stage else recipe.name
    command += f" --shape {recipe.variant}" if recipe.variant else ""
    paragraphs = [
        f"# {recipe.name}",
        *recipe.about(),
        f"It has {weights / 1e6:.1f} million weights and saw {training.samples:,} samples in "
        f"{training.minutes:.0f} minutes on {_machine(recipe.device)}. "
        f"`batuta train {command} --resume` goes on from here.",
        _table(scores),
        f"The weights are licensed under Apache-2.0; {recipe.source}.",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _table(scores: Mapping[str, float]) -> str:
    if not scores:
        return ""
    rows = [f"| {name} | {value:.3f} |" for name, value in scores.items()]
    return "\n".join(["| on the test split | score |", "| --- | --- |", *rows])


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    used, there = torch.get_num_threads(), os.cpu_count() or 1
    return f"{used} of {there} CPU cores"
