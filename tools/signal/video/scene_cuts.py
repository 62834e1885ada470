"""Find where a film is cut: its colours change from one frame to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = (64, 36)
"""Colours are counted in a picture of this size: grain and small things do not matter."""
LEVELS = 4
"""Of each of the three colours, in each quarter of the picture."""
LEAST_CHANGE = 0.35
"""The share of pixels that must have another colour."""
LEAST_DIFFERENCE = 12.0
"""How much brighter or darker a pixel must be on average: light that fades crosses levels too."""
TIMES_AROUND = 3.0
"""The change must be this many times what changes in the frames around it: cameras move."""
AROUND = 8
FLASH = 2
"""Frames that a flash lasts, which is no cut."""


def find_cuts(frames: Iterable[NDArray[np.uint8]]) -> list[int]:
    """Return the numbers of the frames with which another scene begins."""
    histograms: list[NDArray[np.float32]] = []
    differences: list[float] = []
    before: NDArray[np.int16] | None = None
    for pixels in frames:
        small = _small(pixels)
        differences.append(0.0 if before is None else float(np.abs(small - before).mean()))
        histograms.append(_histogram(small))
        before = small
    colours = np.stack(histograms)
    changes = _change(colours[1:], colours[:-1])
    cuts: list[int] = []
    for number, change in enumerate(changes, start=1):
        around = np.concatenate(
            [changes[max(0, number - 1 - AROUND) : number - 1], changes[number : number + AROUND]]
        )
        usual = float(np.median(around)) if len(around) else 0.0
        if change < max(LEAST_CHANGE, TIMES_AROUND * usual):
            continue
        # After a flash the picture is what it was before.
        start, end = max(number - 1 - FLASH, 0), min(number + FLASH, len(colours) - 1)
        lasts = _change(colours[end], colours[start]) >= LEAST_CHANGE
        if lasts and differences[number] >= LEAST_DIFFERENCE:
            cuts.append(number)
    return cuts


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.int16]:
    image = PIL.Image.fromarray(pixels)
    small = image.resize(SIZE, PIL.Image.Resampling.BOX, reducing_gap=2)
    return np.asarray(small).astype(np.int16)


def _histogram(small: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return the shares of the colours in each quarter of a picture, together 1."""
    levels = small.astype(np.int64) * LEVELS // 256
    colour = (levels[..., 0] * LEVELS + levels[..., 1]) * LEVELS + levels[..., 2]
    rows, columns = np.indices(colour.shape)
    quarter = (rows * 2 // SIZE[1]) * 2 + columns * 2 // SIZE[0]
    counts = np.bincount((quarter * LEVELS**3 + colour).ravel(), minlength=4 * LEVELS**3)
    return (counts / counts.sum()).astype(np.float32)


def _change(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share of pixels that have another colour, from 0 to 1."""
    return np.abs(one - other).sum(axis=-1) / 2
