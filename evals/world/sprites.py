"""The world's objects and their sprites at any size."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"
CELL = 96
"""Pixels of the longer side of a sprite in the sheet."""
COLUMNS = 10


@dataclass(frozen=True)
class ObjectKind:
    """One kind of object: its names and attributes."""

    name: str
    emoji: str
    category: str
    plural: str
    colour: str | None = None
    faces: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def _read_objects() -> dict[str, ObjectKind]:
    with (DATA / "objects.toml").open("rb") as file:
        return {name: ObjectKind(name, **fields) for name, fields in tomllib.load(file).items()}


OBJECTS: Mapping[str, ObjectKind] = _read_objects()
"""Every object by its name."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """An image with premultiplied alpha."""

    colours: NDArray[np.uint16]
    """(height, width, 3), 0 to 255 × 255: premultiplied colours to add."""
    inverse_alpha: NDArray[np.uint16]
    """(height, width, 1), 0 to 255: the share of the background that shows through."""
    mask: NDArray[np.bool_]
    """(height, width): where alpha is at least half."""
    bounds: tuple[int, int, int, int]
    """Left, top, right, bottom of the mask."""

    def paste(self, canvas: NDArray[np.uint8], left: int, top: int) -> None:
        """Composite the sprite onto a canvas; it must fit inside."""
        height, width = self.mask.shape
        region = canvas[top : top + height, left : left + width]
        # The sum is at most 255 × 255, which just fits 16 bits.
        blended = region * self.inverse_alpha
        blended += self.colours
        np.floor_divide(blended, 255, out=blended)
        region[:] = blended

    def mirrored(self) -> Sprite:
        """Return the mirror image, a view of the same memory."""
        left, top, right, bottom = self.bounds
        width = self.mask.shape[1]
        return Sprite(
            self.colours[:, ::-1],
            self.inverse_alpha[:, ::-1],
            self.mask[:, ::-1],
            (width - right, top, width - left, bottom),
        )


def sprite_of(image: NDArray[np.uint8]) -> Sprite:
    """Create a sprite from a premultiplied image (height, width, 4)."""
    alpha = image[:, :, 3:]
    mask = image[:, :, 3] >= 128
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    bounds = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    colours = np.minimum(image[:, :, :3], alpha).astype(np.uint16) * 255
    return Sprite(colours, 255 - alpha.astype(np.uint16), mask, bounds)


@cache
def _premultiplied(name: str) -> NDArray[np.uint8]:
    import PIL.Image

    sheet = _sheet()
    row, column = divmod(list(OBJECTS).index(name), COLUMNS)
    cell = sheet[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
    image = PIL.Image.fromarray(cell)
    return np.asarray(image.crop(image.getbbox()).convert("RGBa")).copy()


@cache
def _sheet() -> NDArray[np.uint8]:
    import PIL.Image

    with PIL.Image.open(DATA / "sprites.png") as sheet:
        return np.asarray(sheet.convert("RGBA"))


@cache
def sprite(name: str, side: int, flipped: bool = False) -> Sprite:
    """Return the object's sprite, its longer side `side` pixels long."""
    import PIL.Image

    if flipped:
        return sprite(name, side).mirrored()
    full = _premultiplied(name)
    scale = side / max(full.shape[:2])
    height, width = (max(1, round(length * scale)) for length in full.shape[:2])
    # Each premultiplied channel is resized alone: Pillow would divide by alpha and back.
    channels = [
        PIL.Image.fromarray(full[:, :, channel]).resize(
            (width, height), PIL.Image.Resampling.LANCZOS
        )
        for channel in range(4)
    ]
    return sprite_of(np.dstack([np.asarray(channel) for channel in channels]))
