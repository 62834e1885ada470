"""A measured quality, and the measures shared by several tools."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from tools import Box, Image, Mask


class Quality(NamedTuple):
    """A measure of results, its value and its number of cases."""

    measure: str
    value: float
    cases: int
    beside: str = ""
    """The score of a trivial baseline, where it helps to judge the value."""

    def __str__(self) -> str:
        shown = f"{self.measure} {self.value:.3g} ({self.cases})"
        return f"{shown}, {self.beside}" if self.beside else shown


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def psnr(made: Image, true: Image, where: PIL.Image.Image | None = None) -> float:
    """Return the peak signal-to-noise ratio in dB where the mask is white."""
    difference = (made.array().astype(np.float64) - true.array()) ** 2
    if where is not None:
        difference = difference[np.asarray(where) > 127]
    return float(10 * np.log10(255**2 / max(difference.mean(), 1e-9)))


def overlap(first: Mask | NDArray[np.bool_], second: Mask | NDArray[np.bool_]) -> float:
    """Return the IoU of two masks."""
    one, other = (
        np.asarray(mask.pixels) > 127 if isinstance(mask, Mask) else mask
        for mask in (first, second)
    )
    return float((one & other).sum() / max((one | other).sum(), 1))


def box_overlap(first: Box, second: Box) -> float:
    """Return the IoU of two boxes."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / max(_area(first) + _area(second) - shared, 1e-9)


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)


def signal_to_distortion(true: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """Return the scale-invariant SDR in dB (Le Roux et al., 2019)."""
    true, found = true.astype(np.float64), found[: len(true)].astype(np.float64)
    part = (true @ found) / max(true @ true, 1e-12) * true
    rest = found - part
    return float(10 * np.log10((part @ part + 1e-12) / (rest @ rest + 1e-12)))
