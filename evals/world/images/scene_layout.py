"""The layout of a scene on a grid of 64 units."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from evals.world.images.outlines import OUTLINES, THICKNESS, outline
from evals.world.images.scene_content import PLACES, Content, Group, Level, Size
from evals.world.seeded_random import Dice
from evals.world.sprites import Sprite, sprite

UNITS = 64
"""Units of an image's side: one pixel each at 64×64."""
SIDES: dict[Size, tuple[int, int]] = {"small": (14, 18), "medium": (21, 27), "large": (30, 42)}
LARGEST = 44
SMALLEST = 14
"""The smallest side at which objects are recognisable in an image of 64 pixels."""
VISIBLE = 0.6
"""The visible share of each object: a half, with a margin for rounding at other sizes."""

_STRAY = 6
"""The largest offset from a row or column; more would make "left of" ambiguous."""
_ZONES = ((0, 22), (27, 37), (42, 64))
"""Unit ranges of an object's centre that count as left, middle and right."""


class Region(NamedTuple):
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


def place_of(x: float, y: float) -> str:
    """Return a point's entry of PLACES, "" if ambiguous."""
    column, row = (
        next((n for n, (low, high) in enumerate(_ZONES) if low <= at <= high), None)
        for at in (x, y)
    )
    return "" if column is None or row is None else PLACES[row][column]


def sprite_for(group: Group, placement: Placement, scale: int) -> Sprite:
    side = placement.side * scale
    if group.name in OUTLINES:
        return outline(group.name, group.colour or "black", side)
    return sprite(group.name, side, placement.flipped)


def corner(found: Sprite, placement: Placement, scale: int) -> tuple[int, int]:
    """Return the left and top pixel that centre a sprite."""
    height, width = found.mask.shape
    spare = placement.side * scale
    return (
        placement.left * scale + (spare - width) // 2,
        placement.top * scale + (spare - height) // 2,
    )


def lay_out(content: Content, level: Level, dice: Dice) -> tuple[Placement, ...]:
    """Place every object, back to front, so that each is sufficiently visible."""
    outlined = any(group.name in OUTLINES for group in content.groups)
    if level == "clear" or outlined:
        # An object that overlaps an outline from outside could be mistaken for one inside.
        return tuple(_placements(content, 1.0, dice))
    for crowding in (1.4, 1.4, 1.4, 1.25, 1.25, 1.1):
        placements = dice.shuffled(_placements(content, crowding, dice))
        if _all_visible(content, placements):
            return tuple(placements)
    return tuple(_placements(content, 1.0, dice))


def _all_visible(content: Content, placements: list[Placement]) -> bool:
    owner = np.full((UNITS, UNITS), -1, dtype=np.int8)
    whole: list[int] = []
    for number, placement in enumerate(placements):
        found = sprite_for(content.groups[placement.group], placement, 1)
        left, top = corner(found, placement, 1)
        height, width = found.mask.shape
        owner[top : top + height, left : left + width][found.mask] = number
        whole.append(int(np.count_nonzero(found.mask)))
    seen = np.bincount(owner.ravel() + 1, minlength=len(whole) + 1)[1:]
    return all(part >= VISIBLE * total for part, total in zip(seen, whole, strict=True))


def _placements(content: Content, crowding: float, dice: Dice) -> list[Placement]:
    if content.kind == "single":
        return [_single(content, dice)]
    if content.kind == "count":
        group = content.groups[0]
        return _in_grid(
            0, group, Region(0, 0, UNITS, UNITS), _count_grid(group, dice), crowding, dice
        )
    if content.kind == "inside":
        return _inside(content, dice)
    found: list[Placement] = []
    across = content.word in ("left of", "right of")
    strip = UNITS / len(content.groups)
    for number, group in enumerate(content.groups):
        turn = number if content.word in ("left of", "above") else len(content.groups) - 1 - number
        region = (
            Region(turn * strip, 0, strip, UNITS)
            if across
            else Region(0, turn * strip, UNITS, strip)
        )
        found += _in_grid(number, group, region, _best_grid(group.count, region), crowding, dice)
    return found


def _single(content: Content, dice: Dice) -> Placement:
    group = content.groups[0]
    low, high = SIDES[group.size] if group.size else (SMALLEST + 2, LARGEST)
    side = dice.whole(low, high)
    zones = ((0, UNITS), (0, UNITS))
    for row, names in enumerate(PLACES):
        if content.place in names:
            zones = (_ZONES[names.index(content.place)], _ZONES[row])
    left, top = (
        _within(dice.between(max(near, side / 2), min(far, UNITS - side / 2)) - side / 2, side)
        for near, far in zones
    )
    return Placement(0, left, top, side, dice.chance(0.5))


def _count_grid(group: Group, dice: Dice) -> tuple[int, int]:
    """Sample columns and rows with enough cells for the group."""
    least = SIDES[group.size or "small"][0]
    grids = [
        (columns, rows)
        for columns in range(1, 4)
        for rows in range(1, 4)
        if columns * rows >= group.count and UNITS / max(columns, rows) >= least
    ]
    return dice.choose(grids)


def _best_grid(count: int, region: Region) -> tuple[int, int]:
    """Return the columns and rows with the largest cells."""
    return max(
        ((columns, -(-count // columns)) for columns in range(1, count + 1)),
        key=lambda grid: min(region.width / grid[0], region.height / grid[1]),
    )


def _in_grid(
    number: int,
    group: Group,
    region: Region,
    grid: tuple[int, int],
    crowding: float,
    dice: Dice,
) -> list[Placement]:
    columns, rows = grid
    width, height = region.width / columns, region.height / rows
    room = min(width, height)
    low, high = SIDES[group.size] if group.size else (max(SMALLEST, 0.75 * room), LARGEST)
    cells = dice.shuffled([(x, y) for x in range(columns) for y in range(rows)])
    found: list[Placement] = []
    for x, y in cells[: group.count]:
        most = int(min(high, room))
        side = dice.whole(min(ceil(low), most), most)
        if group.size is None:
            side = min(int(side * crowding), LARGEST)
        left = region.left + x * width + _stray(width, side, dice)
        top = region.top + y * height + _stray(height, side, dice)
        found.append(
            Placement(number, _within(left, side), _within(top, side), side, dice.chance(0.5))
        )
    return found


def _stray(length: float, side: int, dice: Dice) -> float:
    """Return a random start near the centre of a cell."""
    spare = length - side
    return spare / 2 + dice.between(-1, 1) * min(abs(spare) / 2, _STRAY)


def _within(start: float, side: int) -> int:
    return min(max(int(start), 0), UNITS - side)


def _inside(content: Content, dice: Dice) -> list[Placement]:
    group, around = content.groups
    outer = dice.whole(40, 58) if group.count == 1 else dice.whole(54, 60)
    left, top = dice.whole(0, UNITS - outer), dice.whole(0, UNITS - outer)
    inner = outer * (1 - 2 * THICKNESS) - 2
    if around.name == "circle":
        inner *= 0.5**0.5
    gap = (outer - inner) / 2
    region = Region(left + gap, top + gap, inner, inner)
    grid = _best_grid(group.count, region)
    return [
        Placement(1, left, top, outer, False),
        *_in_grid(0, group, region, grid, 1.0, dice),
    ]
