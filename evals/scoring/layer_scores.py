"""Judge a generated scene of the sprite world by its layers, without any model.

The small generator composes an image from layers: a cut-out for each group, the pose of each
object, and a background. The name of a cut-out is that of the most similar sprite.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from evals.world.images.drawing_scores import background_colour, score_drawing
from evals.world.images.outlines import OUTLINE_COLOURS, OUTLINES
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import Scene
from evals.world.sprite_cutouts import object_cutout
from evals.world.sprites import OBJECTS
from tools import Box
from tools.sprites.scene_sheet import LayeredScene, LayerGroup

MAX_DISTANCE = 0.05
"""Mean difference from the nearest sprite, from 0 to 1, beyond which a cut-out is none.

Drawings have less than 0.01, and different objects differ by 0.1 or more.
"""
UNRECOGNISABLE = "unrecognisable"


@dataclass(frozen=True)
class LayerScore:
    """What of a request a drawing shows; None where the request does not say."""

    number: bool
    """Whether it shows the requested objects, as many of each, and no others."""
    relation: bool | None
    attribute: bool | None
    """Whether the background, and an outline whose colour is stated, have their colours."""

    @property
    def everything(self) -> bool:
        return self.number and self.relation is not False and self.attribute is not False


def score_layers(scene: Scene, request: str, drawing: LayeredScene) -> LayerScore:
    """Compare a drawing with what a request about a scene states."""
    claims = read_sentence(request)
    score = score_drawing(claims, boxes_of(drawing))
    colours: list[bool] = []
    if claims.background:
        colours.append(_background_matches(drawing, claims.background))
    for group in scene.content.groups:
        if group.colour and _states_colour(request, group.colour, group.name):
            outlines = {recognise(layer.cut_out) for layer in drawing.groups}
            colours.append((group.name, group.colour) in outlines)
    return LayerScore(score.counts, score.relations, all(colours) if colours else None)


def boxes_of(drawing: LayeredScene) -> list[Box]:
    """Return the box of each object with its name, in units of the image's side."""
    return [box for group in drawing.groups for box in _group_boxes(group)]


def _group_boxes(group: LayerGroup) -> list[Box]:
    name, _ = recognise(group.cut_out)
    boxes: list[Box] = []
    for pose in (item.pose for item in group.objects):
        half = pose.side / 2
        boxes.append(Box(pose.x - half, pose.y - half, pose.x + half, pose.y + half, name))
    return boxes


def recognise(cut_out: NDArray[np.float32]) -> tuple[str, str]:
    """Return the name of the most similar sprite, and the colour if it is an outline."""
    names, sprites = _known_sprites()
    distances = np.minimum(
        np.abs(sprites - cut_out).mean(axis=(1, 2, 3)),
        np.abs(sprites - cut_out[:, ::-1]).mean(axis=(1, 2, 3)),
    )
    nearest = int(distances.argmin())
    return names[nearest] if distances[nearest] <= MAX_DISTANCE else (UNRECOGNISABLE, "")


@cache
def _known_sprites() -> tuple[list[tuple[str, str]], NDArray[np.float32]]:
    names = [(name, "") for name in OBJECTS]
    names += [(name, colour) for name in OUTLINES for colour in OUTLINE_COLOURS]
    return names, np.stack([object_cutout(*name) for name in names])


def _states_colour(request: str, colour: str, name: str) -> bool:
    words = "|".join((name, *OUTLINES[name].words))
    return re.search(rf"\b{colour} (?:{words})\b", request.lower()) is not None


def _background_matches(drawing: LayeredScene, colours: frozenset[str]) -> bool:
    """Return whether two opposite edges of the background have these colours."""
    pixels = np.rint(drawing.background * 255).astype(np.uint8)
    edges = (pixels[0], pixels[-1]), (pixels[:, 0], pixels[:, -1])
    return any(
        frozenset(background_colour(edge[None]) for edge in opposite) == colours
        for opposite in edges
    )
