"""`batuta train NAME`: train one of the small models, on from where it was."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from tools.errors import InputError
from tools.home import home

if TYPE_CHECKING:
    from typing import Any

    from train.recipe import Recipe

RECIPES = {
    "caption": "train.caption:CaptionRecipe",
    "clip": "train.clip:ClipRecipe",
    "detect": "train.detect:DetectRecipe",
    "draw": "train.draw:Draw",
    "film": "train.film:FilmRecipe",
    "hear": "train.hear:Hear",
    "joint": "train.joint:STAGES",
    "sound": "train.sound:Sound",
}
"""What can be trained, and the class that says how."""


def train(
    name: Annotated[str, typer.Argument(help=f"What to train: {', '.join(RECIPES)}.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="How long, resumed parts included.")] = 20,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last stop, or from shipped weights.")
    ] = False,
    stage: Annotated[
        int, typer.Option(min=0, help="Which stage, of what is trained in stages.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed sees the same data.")] = 0,
    threads: Annotated[int, typer.Option(min=0, help="CPU cores to use; 0 for all.")] = 0,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that make data, for a GPU; 0 for none.")
    ] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda; the GPU if there is one.")] = "",
    ship: Annotated[
        bool, typer.Option(help="Put the weights and their card among those that ship.")
    ] = True,
) -> None:
    """Train one of the small models on the sprite world. Ctrl-C stops and saves."""
    import torch

    from train.display import shown
    from train.loop import Budget, Training
    from train.loop import train as run
    from train.model_card import ship_weights
    from train.recipe import SHIPPED
    from train.stamp import stamp_card

    recipe_class = _find(name, stage)
    if threads:
        torch.set_num_threads(threads)
    recipe = recipe_class(seed, device or ("cuda" if torch.cuda.is_available() else "cpu"))
    training = Training(recipe, home() / "training" / f"{name}{stage or ''}")
    shipped = SHIPPED / name
    if not (resume and training.restore()) and (resume or stage > 1):
        training.start_from(shipped)
    with shown(name) as observe:
        run(training, Budget(minutes), workers=workers, observe=observe)
    if ship:
        for measure, value in ship_weights(training, shipped).items():
            typer.echo(f"{measure}: {value:.3f}")
        if recipe.model_id:
            tool = recipe.model_id.partition("/")[0]
            catalogue = SHIPPED.parent / "catalogue" / f"{tool}.toml"
            stamp_card(catalogue, recipe.model_id, shipped, recipe.card)
        training.forget()
        typer.echo(f"the weights and their card are in {shipped}")


def _find(name: str, stage: int) -> type[Recipe[Any]]:
    if name not in RECIPES:
        raise InputError(
            f"there is no recipe {name!r}; allowed: {', '.join(RECIPES)}",
            hint=f"try: batuta train {next(iter(RECIPES))} --minutes 20",
        )
    module, _, attribute = RECIPES[name].partition(":")
    found = getattr(import_module(module), attribute)
    stages = found if isinstance(found, dict) else {0: found}
    if stage not in stages:
        raise InputError(
            f"{name!r} has no stage {stage}; allowed: {', '.join(map(str, stages))}",
            hint=f"try: batuta train {name} --stage {next(iter(stages))}",
        )
    return stages[stage]
