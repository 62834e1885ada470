"""Find the silent parts of a sound, by how loud it is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_S = 0.02
QUIETER_DB = 35.0
"""What is this much quieter than the loudest hundredth of a sound is a pause."""
ABOVE_NOISE_DB = 6.0
"""In a noisy recording pauses are as loud as the noise: the threshold stays this much above it."""
BELOW_LOUD_DB = 12.0
"""Nothing is a pause that is less than this below the loudest parts."""
SILENCE_DB = -65.0
"""Below this nothing is heard in any recording."""


def heard_spans(samples: NDArray[np.float32], rate: int) -> list[tuple[int, int]]:
    """Return from which sample to which something is heard, in (channels, samples)."""
    frame = max(1, round(FRAME_S * rate))
    levels = _levels(samples, frame)
    loud = np.sort(levels)[-max(1, len(levels) // 100)]
    if loud <= SILENCE_DB:
        return []
    noise = float(np.quantile(levels, 0.1))
    threshold = max(loud - QUIETER_DB, min(noise + ABOVE_NOISE_DB, loud - BELOW_LOUD_DB))
    audible = np.concatenate([[False], levels > max(threshold, SILENCE_DB), [False]])
    edges = np.flatnonzero(audible[1:] != audible[:-1]) * frame
    length = samples.shape[1]
    return [(int(start), min(int(end), length)) for start, end in edges.reshape(-1, 2)]


def _levels(samples: NDArray[np.float32], frame: int) -> NDArray[np.float64]:
    """Return the level of each frame in decibels below full scale."""
    power = (samples.astype(np.float64) ** 2).max(axis=0)
    padded = np.pad(power, (0, -len(power) % frame)).reshape(-1, frame)
    return 10 * np.log10(np.maximum(padded.mean(axis=1), 1e-12))
