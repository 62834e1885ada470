"""Keep the peaks of a sound below a ceiling without clipping it.

The gain goes down shortly before a peak and up again after it, smoothly, so that the waves keep
their shape. Where nothing is too loud the samples stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.signal.loudness import true_peaks

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_S = 0.001
RAMP_STEPS = 12
"""Steps over which the gain falls before a peak; it rises as fast after it."""


def limited(samples: NDArray[np.float32], rate: int, ceiling: float) -> NDArray[np.float32]:
    """Return (channels, samples) with all peaks, also those between samples, below the ceiling."""
    if not samples.size:
        return samples
    step = max(1, round(STEP_S * rate))
    peaks = true_peaks(samples, step)
    if peaks.max() <= ceiling:
        return samples
    needed = np.minimum(1, ceiling / np.maximum(peaks, 1e-9))
    gain = _smooth(needed)
    middles = (np.arange(len(gain)) + 0.5) * step
    quieter = np.empty_like(samples)
    chunk = 1 << 20
    for start in range(0, samples.shape[1], chunk):
        part = slice(start, min(start + chunk, samples.shape[1]))
        quieter[:, part] = samples[:, part] * np.interp(
            np.arange(part.start, part.stop), middles, gain
        ).astype(np.float32)
    return quieter


def _smooth(needed: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a smooth gain that is nowhere above what is needed."""
    window = np.hanning(2 * RAMP_STEPS + 3)[1:-1]
    window /= window.sum()
    # One step more than the window: between two steps the gain is interpolated.
    reach = RAMP_STEPS + 1
    padded = np.pad(needed, reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    wide = np.pad(lowest, RAMP_STEPS, mode="edge")
    return np.convolve(wide, window, "valid").astype(np.float32)
