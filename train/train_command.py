"""`batuta train NAME`: train one of the small models or resume its training."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tools.errors import InputError
from tools.home import home

if TYPE_CHECKING:
    from typing import Any

    from train.loop.recipe import Recipe

RECIPES = {
    "caption": "train.recipes.caption_recipe:CaptionRecipe",
    "clip": "train.recipes.clip_recipe:ClipRecipe",
    "codebook": "train.recipes.codebook_recipe:CodebookRecipe",
    "codes": "train.joint.code_recipe:CodeRecipe",
    "detect": "train.recipes.detect_recipe:DetectRecipe",
    "draw": "train.recipes.draw_recipe:DrawRecipe",
    "film": "train.recipes.film_recipe:FilmRecipe",
    "hear": "train.recipes.hear_recipe:HearRecipe",
    "joint": "train.joint.joint_recipe:STAGES",
    "planner": "train.planner.finetune:PlannerRecipe",
    "sound": "train.recipes.sound_recipe:SoundRecipe",
}
"""The recipe class of each model that can be trained, as `module:class`."""


def train(
    name: Annotated[str, typer.Argument(help=f"What to train: {', '.join(RECIPES)}.")],
    minutes: Annotated[
        float, typer.Option(min=0.1, help="Training time, resumed runs included.")
    ] = 20,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the last run, or start from shipped weights.")
    ] = False,
    stage: Annotated[
        int, typer.Option(min=0, help="The stage, for recipes with several stages.")
    ] = 0,
    shape: Annotated[
        str, typer.Option(help="The variant, for recipes with several, such as full or pretrained.")
    ] = "",
    data: Annotated[
        Path | None, typer.Option(help="The training data, for recipes that read a file.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same data.")] = 0,
    threads: Annotated[int, typer.Option(min=0, help="CPU cores to use; 0 for all.")] = 0,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that generate data for a GPU; 0 for none.")
    ] = 0,
    device: Annotated[
        str, typer.Option(help="cpu or cuda; by default the GPU if there is one.")
    ] = "",
    ship: Annotated[
        bool, typer.Option(help="Write the weights and their card when the training ends.")
    ] = True,
    into_package: Annotated[
        bool, typer.Option("--into-package", help="Replace the weights that come with Batuta.")
    ] = False,
) -> None:
    """Train one of the small models on the sprite world. Ctrl-C stops and saves.

    The weights go below the home folder, with a card of their own; the output says how to use them.

    On several GPUs: accelerate launch --multi_gpu --num_processes 2 .venv/bin/batuta train …
    """
    import torch

    from train.loop.destination import home_destination, package_destination
    from train.loop.model_card import ship_weights
    from train.loop.processes import Processes
    from train.loop.progress_display import show_progress
    from train.loop.recipe import SHIPPED
    from train.loop.training_loop import Training, TrainingBudget
    from train.loop.training_loop import train as run

    recipe_class = _find_recipe(name, stage)
    options = {
        **_shape_options(name, recipe_class, shape),
        **_data_options(name, recipe_class, data),
    }
    if threads:
        torch.set_num_threads(threads)
    processes = Processes.join(device)
    recipe = recipe_class(seed, processes.device, **options)
    variant = shape if shape != next(iter(recipe_class.shapes), "") else ""
    recipe.variant = variant
    run_name = f"{name}-{variant}" if variant else name
    destination = (
        package_destination(recipe, name, variant, recipe.shipped or SHIPPED)
        if into_package
        else home_destination(recipe, name, variant, home(), recipe.shipped or SHIPPED)
    )
    training = Training(recipe, home() / "training" / f"{run_name}{stage or ''}", processes)
    if not (resume and training.restore()) and (resume or stage > 1):
        training.start_from(destination.start)
    with show_progress(run_name, processes) as observe:
        run(training, TrainingBudget(minutes), workers=workers, observe=observe)
    if ship and processes.first:
        for measure, value in ship_weights(training, destination.folder).items():
            typer.echo(f"{measure}: {value:.3f}")
        destination.write_card()
        training.forget()
        typer.echo(f"the weights are in {destination.folder}; {destination.usage()}")
    processes.close()


def _shape_options(name: str, recipe_class: type[Recipe[Any]], shape: str) -> Mapping[str, Any]:
    """Return the recipe's arguments for the shape."""
    if shape and shape not in recipe_class.shapes:
        raise InputError(
            f"{name!r} has no shape {shape!r}; allowed: {', '.join(recipe_class.shapes) or 'none'}",
            hint=f"try: batuta train {name} without --shape",
        )
    return recipe_class.shapes[shape] if shape else {}


def _data_options(
    name: str, recipe_class: type[Recipe[Any]], data: Path | None
) -> Mapping[str, Path]:
    """Return the recipe's argument for its data file."""
    if data and not recipe_class.reads_data:
        raise InputError(
            f"{name!r} generates its own data and takes no --data {str(data)!r}",
            hint=f"try: batuta train {name} without --data",
        )
    return {"data": data} if data else {}


def _find_recipe(name: str, stage: int) -> type[Recipe[Any]]:
    """Return the recipe class of a name and stage."""
    if name not in RECIPES:
        raise InputError(
            f"there is no recipe {name!r}; allowed: {', '.join(RECIPES)}",
            hint=f"try: batuta train {next(iter(RECIPES))} --minutes 20",
        )
    module, _, attribute = RECIPES[name].partition(":")
    recipe = getattr(import_module(module), attribute)
    stages = recipe if isinstance(recipe, dict) else {0: recipe}
    if stage not in stages:
        raise InputError(
            f"{name!r} has no stage {stage}; allowed: {', '.join(map(str, stages))}",
            hint=f"try: batuta train {name} --stage {next(iter(stages))}",
        )
    return stages[stage]
