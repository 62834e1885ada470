"""Convert audio to log-mel spectrograms and back.

A log-mel spectrogram has no phases; `waveform` estimates them by the Griffin-Lim algorithm (1984)
with the momentum of Perraudin, Balazs and Søndergaard (2013).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
WINDOW = 1024
HOP = 256
MELS = 80
LOWEST_HZ, HIGHEST_HZ = 40.0, 8_000.0
QUIETEST_DB, LOUDEST_DB = -45.0, 48.0
"""Power in a band that maps to -1 and 1 in a spectrogram; silence maps to -1."""
INVERSION_ITERATIONS = 60
"""Iterations that invert the mel filter bank."""
GRIFFIN_LIM_ITERATIONS = 48
MOMENTUM = 0.99


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the log-mel spectrogram from -1 to 1: (MELS, frames)."""
    import numpy as np

    power = np.abs(_stft(samples)) ** 2 @ _mel_filters().T
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    scaled = (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB) * 2 - 1
    return scaled.clip(-1, 1).astype(np.float32).T


def waveform(loudness: NDArray[np.float32], seed: int = 0) -> NDArray[np.float32]:
    """Reconstruct samples from a log-mel spectrogram, HOP between two frames."""
    import numpy as np

    decibels = (loudness.T + 1) / 2 * (LOUDEST_DB - QUIETEST_DB) + QUIETEST_DB
    # The lowest level stands for silence, not for a faint sound.
    power = np.where(loudness.T > -0.99, 10 ** (decibels / 10), 0.0)
    magnitude = np.sqrt(_invert_mel_filters(power))
    generator = np.random.default_rng(seed)
    phases = np.exp(2j * np.pi * generator.random(magnitude.shape))
    previous = np.zeros_like(phases)
    for _ in range(GRIFFIN_LIM_ITERATIONS):
        rebuilt = _stft(_inverse_stft(magnitude * phases))
        accelerated = rebuilt + MOMENTUM * (rebuilt - previous)
        phases = accelerated / np.maximum(np.abs(accelerated), 1e-12)
        previous = rebuilt
    return _inverse_stft(magnitude * phases).astype(np.float32)


def _invert_mel_filters(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert the mel filter bank by multiplicative updates: (frames, frequencies)."""
    import numpy as np

    bands = _mel_filters()
    weight = np.maximum(bands.sum(axis=0), 1e-8)
    spectrum = power @ (bands / np.maximum(bands.sum(axis=1, keepdims=True), 1e-8))
    for _ in range(INVERSION_ITERATIONS):
        spectrum *= (power / np.maximum(spectrum @ bands.T, 1e-10)) @ bands / weight
    return spectrum


def _stft(samples: NDArray[np.floating]) -> NDArray[np.complexfloating]:
    """Return the STFT, centred frames: (frames, frequencies)."""
    import numpy as np

    padded = np.pad(samples, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    return np.fft.rfft(frames * _window())


def _inverse_stft(spectrum: NDArray[np.complexfloating]) -> NDArray[np.float64]:
    """Invert the STFT by overlap-add, without the padding."""
    import numpy as np

    window = _window()
    frames = np.fft.irfft(spectrum, WINDOW) * window
    length = (len(frames) - 1) * HOP + WINDOW
    mixed, covered = np.zeros(length), np.zeros(length)
    for number, frame in enumerate(frames):
        span = slice(number * HOP, number * HOP + WINDOW)
        mixed[span] += frame
        covered[span] += window**2
    return (mixed / np.maximum(covered, 1e-3))[WINDOW // 2 : -(WINDOW // 2)]


@cache
def _window() -> NDArray[np.float64]:
    import numpy as np

    return np.hanning(WINDOW + 1)[:-1]


@cache
def _mel_filters() -> NDArray[np.float64]:
    """Return the triangular mel filter bank: (MELS, frequencies)."""
    import numpy as np

    def mel(hertz: float) -> float:
        return 1127 * float(np.log1p(hertz / 700))

    steps = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), MELS + 2)
    edges = 700 * np.expm1(steps / 1127)
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (hertz - low) / (middle - low), (high - hertz) / (high - middle)
    return np.maximum(0, np.minimum(rising, falling))
