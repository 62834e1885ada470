"""The ground truth of a scene as layers (tools/sprites/scene_sheet.py)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from evals.world.images.backgrounds import paint
from evals.world.images.scene_content import Background
from evals.world.images.scene_layout import UNITS, Placement
from evals.world.images.scenes import Scene
from evals.world.seeded_random import SeededRandom
from evals.world.sprite_cutouts import object_cutout
from tools.sprites.posed_layers import LayerPose
from tools.sprites.scene_sheet import LayeredScene, LayerGroup, PlacedObject
from tools.sprites.sheet_patches import SIDE

MIN_ROW_DROP = 0.7
"""Minimum drop from one row to the next, as a share of an object's side."""


def scene_to_layers(scene: Scene, names: Iterable[str]) -> LayeredScene:
    """Return the scene's layers, its groups in the order of these names."""
    group_indexes = {group.name: number for number, group in enumerate(scene.content.groups)}
    return LayeredScene(
        _background_layer(scene.content.background),
        [_group(scene, group_indexes[name]) for name in names],
    )


def _group(scene: Scene, number: int) -> LayerGroup:
    content_group = scene.content.groups[number]
    placements = [placement for placement in scene.placements if placement.group == number]
    return LayerGroup(
        object_cutout(content_group.name, content_group.colour or ""),
        [
            PlacedObject(_pose(placement), placement.flipped)
            for placement in _reading_order(placements)
        ],
    )


def _reading_order(placements: Iterable[Placement]) -> list[Placement]:
    """Sort placements into rows from the top, each from left to right."""
    rows: list[list[Placement]] = []
    for placement in sorted(placements, key=lambda placement: _pose(placement).y):
        drop = _pose(placement).y - _pose(rows[-1][0]).y if rows else 1
        if drop < MIN_ROW_DROP * _pose(placement).side:
            rows[-1].append(placement)
        else:
            rows.append([placement])
    return [item for row in rows for item in sorted(row, key=lambda item: _pose(item).x)]


def _pose(placement: Placement) -> LayerPose:
    half = placement.side / 2
    x, y = (placement.left + half) / UNITS, (placement.top + half) / UNITS
    return LayerPose(x, y, placement.side / UNITS)


@cache
def _background_layer(background: Background) -> NDArray[np.float32]:
    return paint(background, "clear", SIDE, SeededRandom(0)) / np.float32(255)
