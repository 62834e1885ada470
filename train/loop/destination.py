"""Where a training writes its weights and card: home folder or package.

A model trained below the home folder has a card of its own beside the one that ships, so that both
can be used and compared. Only `--into-package` replaces the weights that ship.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.joint.conductor import JOINT_PROVIDER
from tools.errors import InputError
from tools.models.card import DECODE, LANGUAGE_MODEL
from tools.models.routing import pin_of
from train.loop.catalogue_card import card_lines, local_source, shipped_source, stamp_card
from train.loop.recipe import SHIPPED, Recipe
from train.loop.training_loop import HISTORY

_ID_SUFFIX = "-trained"


@dataclass(frozen=True)
class Destination:
    """The folder of a training's weights, and the card that describes them."""

    folder: Path
    catalogue: Path
    """The file that holds the card."""
    model_id: str
    """The id of the card; empty for weights that need none."""
    card: str
    """The first lines of a new card."""
    source: Callable[[Path, Path], str]
    shipped: Path | None
    """The weights to resume from if the folder has none."""

    @property
    def start(self) -> Path:
        """The folder of the weights to resume from."""
        return self.shipped if self.shipped and not self._has_weights else self.folder

    def write_card(self) -> None:
        """Write the names, sizes and hashes of the weights into their card."""
        if self.model_id:
            stamp_card(self.catalogue, self.model_id, self.folder, self.card, self.source)

    def usage(self) -> str:
        """Return in one line how to use the weights."""
        tool, _, name = self.model_id.partition("/")
        if not self.model_id or self.source is shipped_source:
            return "they replace the weights that ship"
        if tool == JOINT_PROVIDER:
            return f"use them with: --llm {JOINT_PROVIDER}:{name}"
        if tool == "llm":
            return f"use them with: --llm local:{name}"
        if tool == DECODE:
            return "a joint model names its codebook: --into-package lets `codes` learn this one"
        return (
            f"use them in a plan as {tool}@{pin_of(self.model_id)}(…), or name {self.model_id!r} "
            f"first for {tool} in a profile of your own"
        )

    @property
    def _has_weights(self) -> bool:
        return (self.folder / HISTORY).exists()


def home_destination(
    recipe: Recipe[Any], name: str, shape: str, home: Path, shipped: Path = SHIPPED
) -> Destination:
    """Return the destination below the home folder.

    `shape` is empty for the one that ships.
    """
    tool = recipe.model_id.partition("/")[0]
    folder_name = f"{name}-{shape}" if shape else name
    folder = home / "trained" / folder_name
    catalogue = home / "catalogue" / f"{folder_name}.toml"
    if shape:
        model_id = f"{tool}/{shape}"
        return Destination(folder, catalogue, model_id, recipe.own_card(), local_source, None)
    model_id = recipe.model_id and recipe.model_id + _ID_SUFFIX
    card = card_lines(_catalogue(shipped, tool), recipe.model_id) or recipe.card
    return Destination(folder, catalogue, model_id, card, local_source, shipped / name)


def package_destination(
    recipe: Recipe[Any], name: str, shape: str, shipped: Path = SHIPPED
) -> Destination:
    """Return the destination of weights that ship; InputError if read-only."""
    if shape:
        raise InputError(
            f"the shape {shape!r} of {name!r} does not ship",
            hint="leave --into-package out: its weights go below the home folder",
        )
    if not os.access(shipped, os.W_OK):
        raise InputError(
            f"the weights that ship, in {str(shipped)!r}, cannot be written",
            hint="leave --into-package out: the weights then go below the home folder",
        )
    catalogue = _catalogue(shipped, recipe.model_id.partition("/")[0])
    return Destination(
        shipped / name, catalogue, recipe.model_id, recipe.card, shipped_source, None
    )


def _catalogue(shipped: Path, tool: str) -> Path:
    """Return the file with the shipped cards of a tool."""
    file = LANGUAGE_MODEL if tool == "llm" else tool
    return shipped.parents[1] / "models" / "cards" / f"{file}.toml"
