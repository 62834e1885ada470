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

from agent.joint.joint_config import JointShape
from agent.joint.network.connectors import CONNECTORS
from evals.pages.architectures_page import PARTS
from evals.scoring.joint_scores import held_out_dialogues, score_answers, score_conditioned_drawings
from train.joint.joint_batches import make_batch
from train.joint.joint_recipe import SHAPE, InputConnectorRecipe, OutputConnectorRecipe
from train.loop.recipe import Recipe
from train.loop.training_loop import Training, TrainingBudget, train

SIGNALS = (1, 4, 8)
SENTENCES = 2_048
TEST_DIALOGUES = 40
"""Dialogues of the test split for each kind that is scored."""


def compare_connectors(steps: int) -> Mapping[str, str]:
    """Train each kind of input connector before the same frozen language model."""
    rows: dict[str, str] = {}
    for kind in CONNECTORS:
        recipe = InputConnectorRecipe(0, shape=_shape_with(connector=kind))
        with _train_recipe(recipe, steps).averaged():
            losses = {name: f"{loss:.2f}" for name, loss in _answer_losses(recipe).items()}
            answers = score_answers(recipe.model, ["ask"], TEST_DIALOGUES)
        weight_count = sum(weight.numel() for weight in recipe.model.network.inputs.parameters())
        accuracy = next(iter(answers.values()))
        rows[f"{kind}, {weight_count / 1e6:.1f} million parameters"] = (
            f"captions {losses['describe']}, answers {losses['ask']}; "
            f"{accuracy:.2f} of answers correct"
        )
    return rows


@torch.no_grad()
def _answer_losses(recipe: InputConnectorRecipe) -> Mapping[str, float]:
    """Compute the loss of right captions and answers in nats a word."""
    losses: dict[str, float] = {}
    for kind in ("describe", "ask"):
        batch = make_batch(list(held_out_dialogues(kind, TEST_DIALOGUES)), recipe.model, {})
        states = recipe.model.network.hidden_states(batch.ids, batch.features, batch.mask)
        losses[kind] = float(recipe.answer_loss(batch, states))
    return losses


def compare_signals(steps: int) -> Mapping[str, str]:
    """Train output connectors for each number of signals, and score their images.

    The signals follow the right text of the answer.
    """
    generators = {"generators": {"image": SHAPE.generators["image"]}}
    variants: list[tuple[str, JointShape, float]] = [
        (
            f"{count} signal tokens",
            _shape_with(signals=count, **generators),
            OutputConnectorRecipe.denoising_weight,
        )
        for count in SIGNALS
    ]
    variants.append(("4 signal tokens, without the denoising loss", _shape_with(**generators), 0.0))
    rows: dict[str, str] = {}
    for name, shape, denoising_weight in variants:
        recipe = OutputConnectorRecipe(0, shape=shape)
        recipe.denoising_weight, recipe.sentences = denoising_weight, SENTENCES
        recipe.kinds = {"draw": 0.6, "sum": 0.4}
        with _train_recipe(recipe, 3 * steps).averaged():
            unexplained = _unexplained_variance(recipe)
            scores = score_conditioned_drawings(
                recipe.model, ("number", "relation"), TEST_DIALOGUES
            )
        accuracy = "numbers {:.2f}, relations {:.2f}".format(*scores.values())
        rows[name] = f"{unexplained:.3f} left unexplained; {accuracy} drawn correctly"
    return rows


@torch.no_grad()
def _unexplained_variance(recipe: OutputConnectorRecipe) -> float:
    """Compute the variance of the text conditioning that the signals leave unexplained.

    1 is all of it.
    """
    dialogues = [
        dialogue for kind in recipe.kinds for dialogue in held_out_dialogues(kind, TEST_DIALOGUES)
    ]
    batch = make_batch(dialogues, recipe.model, recipe.generators)
    network, target = recipe.model.network, batch.generator_targets["image"]
    states = network.hidden_states(batch.ids, batch.features, batch.mask)
    vectors = network.predict_conditioning(
        "image", network.signal_states("image", batch.ids, states)
    ).vectors
    expected = target.vectors[target.mask]
    return float((vectors[target.mask].float() - expected).square().mean() / expected.var())


def _shape_with(**changes: Any) -> JointShape:
    return SHAPE.model_copy(update=changes)


def _train_recipe(recipe: Recipe[Any], steps: int) -> Training:
    with tempfile.TemporaryDirectory() as folder:
        training = Training(recipe, Path(folder))
        train(training, TrainingBudget(steps=steps))
    return training


def main(
    steps: Annotated[int, typer.Option(min=1, help="Steps of each input connector.")] = 150,
) -> None:
    """Write docs/architectures-parts.json."""
    tables = {
        f"Input connectors, each trained for {steps} steps before a language model without a LoRA: "
        "loss of the correct words (nats a word, less is better), and the share of answers that "
        "are correct word for word": compare_connectors(steps),
        f"Signal tokens, with an output connector trained for {3 * steps} steps behind a language "
        "model without a LoRA: the share of the text conditioning that the signals leave "
        "unexplained (less is better), and the share of correct drawings": compare_signals(steps),
    }
    PARTS.write_text(json.dumps(tables, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    typer.run(main)
