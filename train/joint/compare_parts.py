"""Ablate the joint model: its connectors and signals at equal budgets.

    python -m train.joint.compare_parts [--steps 150]

Writes docs/architectures-parts.json, which `python -m evals.pages.architectures_page` shows. 150
steps of each variant take about 35 minutes on one core.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from agent.joint.joint_config import Shape
from agent.joint.network.connectors import KINDS
from evals.pages.architectures_page import PARTS
from evals.scoring.joint_scores import score_answers, score_told, unmet_dialogues
from train.joint.joint_batches import talks_of
from train.joint.joint_recipe import SHAPE, Directing, Perceiving
from train.loop.recipe import Recipe
from train.loop.training_loop import Budget, Training, train

SIGNALS = (1, 4, 8)
SENTENCES = 2_048
UNMET = 40
"""Dialogues of the test split for each kind that is scored."""


def compare_connectors(steps: int) -> Mapping[str, str]:
    """Train each kind of input connector before the same frozen language model."""
    rows: dict[str, str] = {}
    for kind in KINDS:
        recipe = Perceiving(0, shape=_with(connector=kind))
        with _learnt(recipe, steps).averaged():
            told = {name: f"{loss:.2f}" for name, loss in _unlikely(recipe).items()}
            answers = score_answers(recipe.mind, ["ask"], UNMET)
        numbers = sum(weight.numel() for weight in recipe.mind.network.inputs.parameters())
        right = next(iter(answers.values()))
        rows[f"{kind}, {numbers / 1e6:.1f} million numbers"] = (
            f"captions {told['describe']}, answers {told['ask']}; {right:.2f} of answers right"
        )
    return rows


@torch.no_grad()
def _unlikely(recipe: Perceiving) -> Mapping[str, float]:
    """Compute the loss of right captions and answers in nats a word."""
    losses: dict[str, float] = {}
    for kind in ("describe", "ask"):
        talks = talks_of(list(unmet_dialogues(kind, UNMET)), recipe.mind, {})
        states = recipe.mind.network.read(talks.ids, talks.seen, talks.spoken)
        losses[kind] = float(recipe.misspoken(talks, states))
    return losses


def compare_signals(steps: int) -> Mapping[str, str]:
    """Train output connectors for each number of signals, and score their images.

    The signals follow the right text of the answer.
    """
    only = {"generators": {"image": SHAPE.generators["image"]}}
    variants: list[tuple[str, Shape, float]] = [
        (f"{count} signal tokens", _with(signals=count, **only), Directing.made)
        for count in SIGNALS
    ]
    variants.append(("4 signal tokens, without the denoising loss", _with(**only), 0.0))
    rows: dict[str, str] = {}
    for name, shape, made in variants:
        recipe = Directing(0, shape=shape)
        recipe.made, recipe.sentences = made, SENTENCES
        recipe.kinds = {"draw": 0.6, "sum": 0.4}
        with _learnt(recipe, 3 * steps).averaged():
            left = _unexplained(recipe)
            scores = score_told(recipe.mind, ("number", "relation"), UNMET)
        drawn = "numbers {:.2f}, relations {:.2f}".format(*scores.values())
        rows[name] = f"{left:.3f} left unexplained; {drawn} drawn rightly"
    return rows


@torch.no_grad()
def _unexplained(recipe: Directing) -> float:
    """Compute the variance of the text conditioning that the signals leave unexplained.

    1 is all of it.
    """
    dialogues = [each for kind in recipe.kinds for each in unmet_dialogues(kind, UNMET)]
    talks = talks_of(dialogues, recipe.mind, recipe.makers)
    network, asked = recipe.mind.network, talks.asked["image"]
    states = network.read(talks.ids, talks.seen, talks.spoken)
    told = network.told("image", network.signal_states("image", talks.ids, states)).vectors
    wanted = asked.vectors[asked.there]
    return float((told[asked.there].float() - wanted).square().mean() / wanted.var())


def _with(**changes: Any) -> Shape:
    return SHAPE.model_copy(update=changes)


def _learnt(recipe: Recipe[Any], steps: int) -> Training:
    with tempfile.TemporaryDirectory() as folder:
        training = Training(recipe, Path(folder))
        train(training, Budget(steps=steps))
    return training


def main(
    steps: Annotated[int, typer.Option(min=1, help="Steps of each input connector.")] = 150,
) -> None:
    """Write docs/architectures-parts.json."""
    tables = {
        f"Input connectors, each learnt in {steps} steps before a language model without a LoRA: "
        "how unlikely right words are (nats a word, less is better), and answers right word for "
        "word": compare_connectors(steps),
        f"Signal tokens, with an output connector learnt in {3 * steps} steps behind a language "
        "model without a LoRA: how much of what words would tell the painter the signals leave "
        "unexplained (less is better), and drawings as asked for": compare_signals(steps),
    }
    PARTS.write_text(json.dumps(tables, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    typer.run(main)
