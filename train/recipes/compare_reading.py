"""Ablate how the small painter reads: its text encoder and the wordings of its training.

    python -m train.recipes.compare_reading [--minutes 10] [--shape own]

Trains each shape of `batuta train draw` for equal processor time on one thread, resumes where it
stopped, and scores it on held-out combinations in held-out wordings.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from evals.scoring.image_scores import SIDE, score_painter
from evals.scoring.metrics import wilson_interval
from evals.scoring.vision_scores import Score
from evals.user_catalogue import user_catalogue
from evals.world.vocabulary import KINDS
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.home import home
from tools.models.residency.card_loader import open_model
from tools.sprites.adapters.scene_layers import SceneLayers
from train.loop.training_loop import Training, TrainingBudget, TrainingProgress, train
from train.recipes.draw_recipe import JUDGE, SETTINGS, DrawRecipe
from train.recipes.object_cutouts import object_list

PROCESSOR_TIME = "processor-seconds.json"
RECORD_STEPS = 20
"""Steps between two records of the processor time, which a killed process leaves behind."""


@dataclass(frozen=True)
class ProcessorBudget(TrainingBudget):
    """A budget of processor time, which other programs on the machine do not reduce."""

    seconds_before: float = 0.0
    """Processor time of this process when the training starts, less that of earlier pieces."""

    def spent(self, progress: TrainingProgress) -> float:
        return (time.process_time() - self.seconds_before) / (60 * self.minutes)


def train_shape(shape: str, minutes: float) -> Training:
    """Train a shape, or resume its training, until its processor time is spent."""
    recipe = DrawRecipe(0, **DrawRecipe.shapes[shape])
    training = Training(recipe, home() / "training" / f"reading-{shape}")
    record = training.folder / PROCESSOR_TIME
    earlier = json.loads(record.read_text()) if training.restore() else 0.0
    before = time.process_time() - earlier
    training.folder.mkdir(parents=True, exist_ok=True)

    def write_record(progress: TrainingProgress, _: float) -> None:
        if progress.steps % RECORD_STEPS == 0:
            record.write_text(json.dumps(time.process_time() - before))

    train(training, ProcessorBudget(minutes, seconds_before=before), observe=write_record)
    record.write_text(json.dumps(time.process_time() - before))
    return training


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="Processor time of each shape.")] = 10,
    shape: Annotated[str, typer.Option(help="Only this shape.")] = "",
    cases: Annotated[int, typer.Option(min=1, help="Drawings that are scored.")] = 200,
) -> None:
    """Print the scores of each shape."""
    torch.set_num_threads(1)
    table = Table("shape", "measure", "score", "cases", "samples")
    for name in [shape] if shape else DrawRecipe.shapes:
        training = train_shape(name, minutes)
        for measure, score in _score(training, cases).items():
            share = _with_interval(score)
            table.add_row(name, measure, share, str(score.cases), f"{training.samples:,}")
    Console().print(table)


def _score(training: Training, cases: int) -> dict[str, Score]:
    settings = SETTINGS | {"side": str(SIDE)}
    judge = open_model(user_catalogue()[JUDGE])
    with training.averaged():
        pipeline = Pipeline(training.recipe.sampler, settings)
        painter = SceneLayers(pipeline, settings, object_list(KINDS))
        return dict(score_painter(painter, judge, cases))


def _with_interval(score: Score) -> str:
    low, high = wilson_interval(score.share * score.cases, score.cases)
    return f"{score.share:.3f} ({low:.2f}-{high:.2f})"


if __name__ == "__main__":
    typer.run(main)
