"""What a measured quality is, and the measures that several tools share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from tools import Box, Image, Mask


class Quality(NamedTuple):
    """How good results are: a figure, of what, on how many cases."""

    measure: str
    value: float
    cases: int
    beside: str = ""
    """What doing nothing clever would score, where that says more than the figure alone."""

    def __str__(self) -> str:
        shown = f"{self.measure} {self.value:.3g} ({self.cases})"
        return f"{shown}, {self.beside}" if self.beside else shown


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def psnr(made: Image, true: Image, where: PIL.Image.Image | None = None) -> float:
    """How near a picture comes to the true one, in decibels, where the mask is white."""
    difference = (made.array().astype(np.float64) - true.array()) ** 2
    if where is not None:
        difference = difference[np.asarray(where) > 127]
    return float(10 * np.log10(255**2 / max(difference.mean(), 1e-9)))


def overlap(first: Mask | NDArray[np.bool_], second: Mask | NDArray[np.bool_]) -> float:
    """What two masks share, of what they cover together."""
    one, other = (
        np.asarray(mask.pixels) > 127 if isinstance(mask, Mask) else mask
        for mask in (first, second)
    )
    return float((one & other).sum() / max((one | other).sum(), 1))


def box_overlap(first: Box, second: Box) -> float:
    """What two boxes share, of what they cover together."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / max(_area(first) + _area(second) - shared, 1e-9)


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)


def signal_to_distortion(true: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """In decibels, however loud the found sound is (SI-SDR of Le Roux et al., 2019)."""
    true, found = true.astype(np.float64), found[: len(true)].astype(np.float64)
    part = (true @ found) / max(true @ true, 1e-12) * true
    rest = found - part
    return float(10 * np.log10((part @ part + 1e-12) / (rest @ rest + 1e-12)))
