"""Whether a sound is one of the sprite world, which the small models know, or any other.

Those last two seconds and hold nothing above 8 kHz. What is played or knocked in them begins after
a moment of silence; what goes on without a pause hardly changes its loudness from moment to moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.media import Audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
SECONDS, GIVE_OR_TAKE_S = 2.0, 0.01
ABOVE = 0.001
"""The share of the power that may lie above 8 kHz, where a change of rate leaves a little."""
SILENCE_S = 0.015
QUIET = 0.003
"""What counts as silence, as a share of the loudest sample."""
FRAME_S = 0.02
FAINTEST_DB = -60
UNSTEADY_DB = 7.2
"""How far frames are from a smooth course of loudness: 7.1 or less in 99 of 100 sounds of the world
that go on without a pause, 9 in clear speech."""


def is_of_the_world(audio: Audio) -> bool:
    """Whether the sound is, or could be, one of the sprite world, in a few milliseconds."""
    if abs(audio.seconds - SECONDS) > GIVE_OR_TAKE_S or _sharp(audio):
        return False
    samples = audio.mono(RATE)
    return _begins_silent(samples) or _unsteadiness_db(samples) < UNSTEADY_DB


def _sharp(audio: Audio) -> bool:
    """Whether there is something above 8 kHz."""
    import numpy as np

    if audio.rate <= RATE:
        return False
    power = np.square(np.abs(np.fft.rfft(audio.samples.mean(axis=0))))
    edge = len(power) * RATE // audio.rate
    return bool(power[edge:].sum() > ABOVE * power.sum())


def _begins_silent(samples: NDArray[np.float32]) -> bool:
    import numpy as np

    loudest = float(np.abs(samples).max())
    beginning = np.abs(samples[: round(SILENCE_S * RATE)])
    return loudest > 0 and float(beginning.max()) < QUIET * loudest


def _unsteadiness_db(samples: NDArray[np.float32]) -> float:
    """How far the loudness of frames is from a smooth course; silent ones do not count."""
    import numpy as np

    length = round(FRAME_S * RATE)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    power = np.square(frames.astype(np.float64)).mean(axis=1)
    decibels = 10 * np.log10(power / max(float(power.max()), 1e-12) + 1e-12)
    (heard,) = (decibels > FAINTEST_DB).nonzero()
    if len(heard) < 5 or not power.any():
        return float("inf")
    course = np.polynomial.Polynomial.fit(heard, decibels[heard], 3)
    return float(np.std(decibels[heard] - course(heard)))
