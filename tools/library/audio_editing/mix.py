"""Play sounds at the same time."""

from __future__ import annotations

import numpy as np

from tools import Audio, BadArgument, check_stop, tool
from tools.signal.channels import resampled, with_channels
from tools.signal.limiter import limited

CEILING = 0.99
MOST_SOUNDS = 32


@tool(words="Play {sounds} at the same time")
def mix(sounds: list[Audio]) -> Audio:
    """Play several sounds at the same time, as one.

    Each is as loud as it was; peaks of the sum that would clip are limited softly.

    >>> both = mix([speech, noisy_speech])
    """
    if not 1 <= len(sounds) <= MOST_SOUNDS:
        raise BadArgument(
            f"there are {len(sounds)} sounds to mix; 1 to {MOST_SOUNDS} are allowed",
            hint="give a list, as [first, second]",
        )
    rate = max(sound.rate for sound in sounds)
    channels = 1 if all(len(sound.samples) == 1 for sound in sounds) else 2
    mixed = np.zeros((channels, 0), np.float32)
    for sound in sounds:
        check_stop()
        samples = with_channels(resampled(sound, rate).samples, channels)
        if samples.shape[1] > mixed.shape[1]:
            samples, mixed = mixed, samples.copy()
        mixed[:, : samples.shape[1]] += samples
    return Audio(limited(mixed, rate, CEILING), rate)
