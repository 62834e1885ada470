"""Change the channels and the sample rate of a sound, and keep the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.media import Audio

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resampled(audio: Audio, rate: int) -> Audio:
    """Return the sound with this many samples a second, in as many channels."""
    if rate == audio.rate:
        return audio
    return Audio(np.stack([Audio(row, audio.rate).mono(rate) for row in audio.samples]), rate)


def with_channels(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Return (channels, samples) with one channel or two, mixed or repeated."""
    if len(samples) == channels:
        return samples
    return np.repeat(samples.mean(axis=0, keepdims=True), channels, axis=0)
