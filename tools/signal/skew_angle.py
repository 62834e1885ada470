"""By which angle a picture is tilted, judged by its straight lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from tools.signal.line_segments import line_segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_ANGLE = 20.0
"""Degrees: what is tilted further is meant to be."""

BINS_PER_DEGREE = 4
SMOOTHING = 0.75
"""Standard deviation in degrees."""

NEAR = 1.5
APART = 5.0
"""Degrees within which lines count as parallel, and beyond which they do not."""

SMALLEST_SHARE, LARGEST_RIVAL = 0.12, 0.4
"""How much of all lines must be parallel, and how strong another direction may be. Of 21 pictures
turned by 3, -7 and 12 degrees those with text or straight edges had shares from 0.24 and rivals up
to 0.2, the others shares up to 0.16 and rivals from 0.6."""


def skew_angle(picture: PIL.Image.Image) -> float | None:
    """Return by how many degrees lines fall to the right of level or upright; None if unsure."""
    angles, lengths = _lines(picture)
    if not lengths.size:
        return None
    weights = lengths**1.5
    bins = 90 * BINS_PER_DEGREE
    histogram = np.bincount(
        ((angles + 45) * BINS_PER_DEGREE).astype(int) % bins, weights, minlength=bins
    )
    smooth = _smoothed(histogram.astype(np.float64))
    centres = (np.arange(bins) + 0.5) / BINS_PER_DEGREE - 45
    peak = centres[np.argmax(np.where(np.abs(centres) <= LARGEST_ANGLE, smooth, -1))]
    rival = smooth[np.abs(_turned(centres, peak)) > APART].max()
    parallel = np.abs(_turned(angles, peak)) < NEAR
    if (
        lengths[parallel].sum() < SMALLEST_SHARE * lengths.sum()
        or rival > LARGEST_RIVAL * smooth[np.argmin(np.abs(centres - peak))]
    ):
        return None
    return float(peak + np.average(_turned(angles[parallel], peak), weights=weights[parallel]))


def _lines(picture: PIL.Image.Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return angle, from -45 to 45 degrees, and length of every straight line."""
    ends = line_segments(picture)
    across, down = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    return _turned(np.degrees(np.arctan2(down, across)), 0), np.hypot(across, down)


def _turned(angles: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """Return the angles from `by` on, to the nearest right angle: from -45 to 45 degrees."""
    return (angles - by + 45) % 90 - 45


def _smoothed(histogram: NDArray[np.float64]) -> NDArray[np.float64]:
    width = 3 * BINS_PER_DEGREE
    offsets = np.arange(-width, width + 1) / BINS_PER_DEGREE
    kernel = np.exp(-0.5 * (offsets / SMOOTHING) ** 2)
    # Directions go round in a circle.
    return np.convolve(np.pad(histogram, width, mode="wrap"), kernel, "valid")
