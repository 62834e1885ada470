"""The layout of a scene on a grid of 64 units."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from evals.world.images.outlines import LINE_WIDTH, OUTLINES, outline
from evals.world.images.scene_content import PLACES, Content, Group, Level, Size
from evals.world.seeded_random import SeededRandom
from evals.world.sprites import Sprite, sprite

UNITS = 64
"""Units of an image's side: one pixel each at 64×64."""
SIDES: dict[Size, tuple[int, int]] = {"small": (14, 18), "medium": (21, 27), "large": (30, 42)}
MAX_SIDE = 44
MIN_SIDE = 14
"""The smallest side at which objects are recognisable in an image of 64 pixels."""
MIN_VISIBLE_SHARE = 0.6
"""The visible share of each object: a half, with a margin for rounding at other sizes."""

_MAX_OFFSET = 6
"""The largest offset from a row or column; more would make "left of" ambiguous."""
_ZONES = ((0, 22), (27, 37), (42, 64))
"""Unit ranges of an object's centre that count as left, middle and right."""


class GridRegion(NamedTuple):
    left: float
    top: float
    width: float
    height: float


class Placement(NamedTuple):
    """One object in a square of `side` units."""

    group: int
    left: int
    top: int
    side: int
    flipped: bool


def size_of(side: float) -> Size:
    """Return the size word for a longer side in units."""
    if side < (SIDES["small"][1] + SIDES["medium"][0]) / 2:
        return "small"
    return "medium" if side < (SIDES["medium"][1] + SIDES["large"][0]) / 2 else "large"


def position_name(x: float, y: float) -> str:
    """Return a point's entry of PLACES, "" if ambiguous."""
    column, row = (
        next((n for n, (low, high) in enumerate(_ZONES) if low <= coordinate <= high), None)
        for coordinate in (x, y)
    )
    return "" if column is None or row is None else PLACES[row][column]


def sprite_for(group: Group, placement: Placement, scale: int) -> Sprite:
    side = placement.side * scale
    if group.name in OUTLINES:
        return outline(group.name, group.colour or "black", side)
    return sprite(group.name, side, placement.flipped)


def sprite_corner(figure: Sprite, placement: Placement, scale: int) -> tuple[int, int]:
    """Return the left and top pixel that centre a sprite."""
    height, width = figure.mask.shape
    side = placement.side * scale
    return (
        placement.left * scale + (side - width) // 2,
        placement.top * scale + (side - height) // 2,
    )


def lay_out(content: Content, level: Level, rng: SeededRandom) -> tuple[Placement, ...]:
    """Place every object, back to front, so that each is sufficiently visible."""
    has_outline = any(group.name in OUTLINES for group in content.groups)
    if level == "clear" or has_outline:
        # An object that overlaps an outline from outside could be mistaken for one inside.
        return tuple(_placements(content, 1.0, rng))
    for crowding in (1.4, 1.4, 1.4, 1.25, 1.25, 1.1):
        placements = rng.shuffled(_placements(content, crowding, rng))
        if _all_visible(content, placements):
            return tuple(placements)
    return tuple(_placements(content, 1.0, rng))


def _all_visible(content: Content, placements: list[Placement]) -> bool:
    owner = np.full((UNITS, UNITS), -1, dtype=np.int8)
    total_counts: list[int] = []
    for number, placement in enumerate(placements):
        figure = sprite_for(content.groups[placement.group], placement, 1)
        left, top = sprite_corner(figure, placement, 1)
        height, width = figure.mask.shape
        owner[top : top + height, left : left + width][figure.mask] = number
        total_counts.append(int(np.count_nonzero(figure.mask)))
    visible_counts = np.bincount(owner.ravel() + 1, minlength=len(total_counts) + 1)[1:]
    return all(
        visible >= MIN_VISIBLE_SHARE * total
        for visible, total in zip(visible_counts, total_counts, strict=True)
    )


def _placements(content: Content, crowding: float, rng: SeededRandom) -> list[Placement]:
    if content.kind == "single":
        return [_single(content, rng)]
    if content.kind == "count":
        group = content.groups[0]
        return _in_grid(
            0, group, GridRegion(0, 0, UNITS, UNITS), _count_grid(group, rng), crowding, rng
        )
    if content.kind == "inside":
        return _inside(content, rng)
    placements: list[Placement] = []
    across = content.word in ("left of", "right of")
    strip = UNITS / len(content.groups)
    for number, group in enumerate(content.groups):
        strip_index = (
            number if content.word in ("left of", "above") else len(content.groups) - 1 - number
        )
        region = (
            GridRegion(strip_index * strip, 0, strip, UNITS)
            if across
            else GridRegion(0, strip_index * strip, UNITS, strip)
        )
        placements += _in_grid(
            number, group, region, _best_grid(group.count, region), crowding, rng
        )
    return placements


def _single(content: Content, rng: SeededRandom) -> Placement:
    group = content.groups[0]
    low, high = SIDES[group.size] if group.size else (MIN_SIDE + 2, MAX_SIDE)
    side = rng.integer(low, high)
    zones = ((0, UNITS), (0, UNITS))
    for row, names in enumerate(PLACES):
        if content.place in names:
            zones = (_ZONES[names.index(content.place)], _ZONES[row])
    left, top = (
        _clamp(rng.between(max(near, side / 2), min(far, UNITS - side / 2)) - side / 2, side)
        for near, far in zones
    )
    return Placement(0, left, top, side, rng.chance(0.5))


def _count_grid(group: Group, rng: SeededRandom) -> tuple[int, int]:
    """Sample columns and rows with enough cells for the group."""
    min_side = SIDES[group.size or "small"][0]
    grids = [
        (columns, rows)
        for columns in range(1, 4)
        for rows in range(1, 4)
        if columns * rows >= group.count and UNITS / max(columns, rows) >= min_side
    ]
    return rng.choose(grids)


def _best_grid(count: int, region: GridRegion) -> tuple[int, int]:
    """Return the columns and rows with the largest cells."""
    return max(
        ((columns, -(-count // columns)) for columns in range(1, count + 1)),
        key=lambda grid: min(region.width / grid[0], region.height / grid[1]),
    )


def _in_grid(
    number: int,
    group: Group,
    region: GridRegion,
    grid: tuple[int, int],
    crowding: float,
    rng: SeededRandom,
) -> list[Placement]:
    columns, rows = grid
    width, height = region.width / columns, region.height / rows
    cell_side = min(width, height)
    low, high = SIDES[group.size] if group.size else (max(MIN_SIDE, 0.75 * cell_side), MAX_SIDE)
    cells = rng.shuffled([(x, y) for x in range(columns) for y in range(rows)])
    placements: list[Placement] = []
    for x, y in cells[: group.count]:
        max_side = int(min(high, cell_side))
        side = rng.integer(min(ceil(low), max_side), max_side)
        if group.size is None:
            side = min(int(side * crowding), MAX_SIDE)
        left = region.left + x * width + _random_offset(width, side, rng)
        top = region.top + y * height + _random_offset(height, side, rng)
        placements.append(
            Placement(number, _clamp(left, side), _clamp(top, side), side, rng.chance(0.5))
        )
    return placements


def _random_offset(length: float, side: int, rng: SeededRandom) -> float:
    """Return a random start near the centre of a cell."""
    spare = length - side
    return spare / 2 + rng.between(-1, 1) * min(abs(spare) / 2, _MAX_OFFSET)


def _clamp(start: float, side: int) -> int:
    return min(max(int(start), 0), UNITS - side)


def _inside(content: Content, rng: SeededRandom) -> list[Placement]:
    group, container = content.groups
    outer = rng.integer(40, 58) if group.count == 1 else rng.integer(54, 60)
    left, top = rng.integer(0, UNITS - outer), rng.integer(0, UNITS - outer)
    inner = outer * (1 - 2 * LINE_WIDTH) - 2
    if container.name == "circle":
        inner *= 0.5**0.5
    gap = (outer - inner) / 2
    region = GridRegion(left + gap, top + gap, inner, inner)
    grid = _best_grid(group.count, region)
    return [
        Placement(1, left, top, outer, False),
        *_in_grid(0, group, region, grid, 1.0, rng),
    ]
