"""A measured quality, and the measures shared by several tools."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from tools import Image, Mask


class Quality(NamedTuple):
    """A measure of results, its value and its number of cases."""

    measure: str
    value: float
    cases: int
    baseline: str = ""
    """The score of a trivial baseline, where it helps to judge the value."""

    def __str__(self) -> str:
        text = f"{self.measure} {self.value:.3g} ({self.cases})"
        return f"{text}, {self.baseline}" if self.baseline else text


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def psnr(image: Image, reference: Image, mask: PIL.Image.Image | None = None) -> float:
    """Return the peak signal-to-noise ratio in dB where the mask is white."""
    difference = (image.array().astype(np.float64) - reference.array()) ** 2
    if mask is not None:
        difference = difference[np.asarray(mask) > 127]
    return float(10 * np.log10(255**2 / max(difference.mean(), 1e-9)))


def mask_iou(first: Mask | NDArray[np.bool_], second: Mask | NDArray[np.bool_]) -> float:
    """Return the IoU of two masks."""
    a, b = (
        np.asarray(mask.pixels) > 127 if isinstance(mask, Mask) else mask
        for mask in (first, second)
    )
    return float((a & b).sum() / max((a | b).sum(), 1))


def si_sdr(reference: NDArray[np.floating], estimate: NDArray[np.floating]) -> float:
    """Return the scale-invariant SDR in dB (Le Roux et al., 2019)."""
    reference, estimate = (
        reference.astype(np.float64),
        estimate[: len(reference)].astype(np.float64),
    )
    target = (reference @ estimate) / max(reference @ reference, 1e-12) * reference
    noise = estimate - target
    return float(10 * np.log10((target @ target + 1e-12) / (noise @ noise + 1e-12)))
