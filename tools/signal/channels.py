"""Change the channels and the sample rate of a sound, and keep the rest."""

from __future__ import annotations

from collections.abc import Callable
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


def map_channels(
    audio: Audio,
    rate: int,
    process: Callable[[NDArray[np.float32], int], NDArray[np.float32]],
) -> Audio:
    """Process each channel at another sample rate; keep length, channels and rate.

    `process` takes the samples and the number of the channel.
    """
    channels: list[NDArray[np.float32]] = []
    for number, samples in enumerate(audio.samples):
        processed = process(Audio(samples, audio.rate).mono(rate), number)
        restored = Audio(processed, rate).mono(audio.rate)[: len(samples)]
        channels.append(np.pad(restored, (0, len(samples) - len(restored))))
    return Audio(np.stack(channels), audio.rate)
