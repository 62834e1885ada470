"""Detect whether audio comes from the sprite world.

The small models know only its sounds, which last two seconds and have no power
above 8 kHz. Sounds with an onset begin with silence; continuous ones hardly change their loudness
between frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.media import Audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
SECONDS, TOLERANCE_S = 2.0, 0.01
MAX_HIGH_SHARE = 0.001
"""Maximum share of the power above 8 kHz, where resampling leaves a little."""
SILENCE_S = 0.015
SILENCE_LEVEL = 0.003
"""Amplitude of silence relative to the peak."""
FRAME_S = 0.02
MIN_DB = -60
MAX_UNSTEADINESS_DB = 7.2
"""Standard deviation of frame loudness around a smooth curve: at most 7.1 in 99 of 100 continuous
sounds of the world, 9 in clear speech."""


def is_sprite_audio(audio: Audio) -> bool:
    """Return whether the audio may come from the sprite world."""
    if abs(audio.seconds - SECONDS) > TOLERANCE_S or _has_high_frequencies(audio):
        return False
    samples = audio.mono(RATE)
    return _begins_silent(samples) or _unsteadiness_db(samples) < MAX_UNSTEADINESS_DB


def _has_high_frequencies(audio: Audio) -> bool:
    """Return whether there is power above 8 kHz."""
    import numpy as np

    if audio.rate <= RATE:
        return False
    power = np.square(np.abs(np.fft.rfft(audio.samples.mean(axis=0))))
    edge = len(power) * RATE // audio.rate
    return bool(power[edge:].sum() > MAX_HIGH_SHARE * power.sum())


def _begins_silent(samples: NDArray[np.float32]) -> bool:
    import numpy as np

    peak = float(np.abs(samples).max())
    beginning = np.abs(samples[: round(SILENCE_S * RATE)])
    return peak > 0 and float(beginning.max()) < SILENCE_LEVEL * peak


def _unsteadiness_db(samples: NDArray[np.float32]) -> float:
    """Return the deviation of the loudness from a cubic fit."""
    import numpy as np

    length = round(FRAME_S * RATE)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    power = np.square(frames.astype(np.float64)).mean(axis=1)
    decibels = 10 * np.log10(power / max(float(power.max()), 1e-12) + 1e-12)
    (audible,) = (decibels > MIN_DB).nonzero()
    if len(audible) < 5 or not power.any():
        return float("inf")
    trend = np.polynomial.Polynomial.fit(audible, decibels[audible], 3)
    return float(np.std(decibels[audible] - trend(audible)))
