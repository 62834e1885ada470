"""How loud a sound is to people: integrated loudness in LUFS, and peaks between the samples.

By ITU-R BS.1770-4: K-weighting, blocks of 400 ms, an absolute and a relative gate.
"""

from __future__ import annotations

from functools import cache
from math import inf, log10, pi, tan
from typing import TYPE_CHECKING

import numpy as np

from tools.sdk.call_context import check_stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_S = 0.4
HOP_S = 0.1
ABSOLUTE_GATE = -70.0
"""LUFS: blocks below it are silence."""
RELATIVE_GATE = -10.0
"""LU below the mean of what passed the absolute gate: pauses do not count."""

_RESPONSE_S = 0.25
"""The high-pass filter has decayed to 1e-20 by then."""
_CHUNK = 1 << 18


def integrated_loudness(samples: NDArray[np.float32], rate: int) -> float:
    """Measure the integrated loudness of (channels, samples) in LUFS; -inf for silence."""
    power = _block_power(_weighted_power(samples, rate))
    loud = power[power > _power_of(ABSOLUTE_GATE)]
    if not loud.size:
        return -inf
    gate = _power_of(_lufs(float(loud.mean())) + RELATIVE_GATE)
    return _lufs(float(loud[loud > gate].mean()))


def true_peaks(samples: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Return the largest magnitude in each step of samples, four times oversampled."""
    channels, length = samples.shape
    steps = -(-length // step)
    peaks = np.zeros(steps, np.float32)
    margin = len(_interpolators()[0])
    chunk = max(1, _CHUNK // step) * step
    for start in range(0, length, chunk):
        check_stop()
        low, high = max(0, start - margin), min(length, start + chunk + margin)
        width = min(chunk, length - start)
        for channel in range(channels):
            piece = samples[channel, low:high]
            largest = np.abs(piece)[start - low :][:width]
            for taps in _interpolators():
                between = np.abs(np.convolve(piece, taps)[margin // 2 :][: len(piece)])
                largest = np.maximum(largest, between[start - low :][:width])
            padded = np.pad(largest, (0, -width % step)).reshape(-1, step)
            part = slice(start // step, start // step + len(padded))
            peaks[part] = np.maximum(peaks[part], padded.max(axis=1))
    return peaks


@cache
def _interpolators() -> tuple[NDArray[np.float32], ...]:
    """Return the filters that give the values a quarter, a half and three quarters further on."""
    position = np.arange(-6, 6)
    filters: list[NDArray[np.float32]] = []
    for quarter in (0.25, 0.5, 0.75):
        distance = position + quarter
        window = np.cos(pi * distance / 12.5) ** 2
        taps = np.sinc(distance) * window
        filters.append((taps / taps.sum()).astype(np.float32))
    return tuple(filters)


def _weighted_power(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Return the power of each hop after K-weighting, added up over the channels."""
    hop = max(1, round(HOP_S * rate))
    response = _k_weighting(rate)
    # Whole hops in each chunk of an overlap-save convolution.
    chunk = 8 * hop
    size = 1 << (chunk + len(response) - 1).bit_length()
    spectrum = np.fft.rfft(response, size)
    hops: list[NDArray[np.float64]] = []
    history = len(response) - 1
    for start in range(0, samples.shape[1], chunk):
        check_stop()
        piece = samples[:, max(0, start - history) : start + chunk].astype(np.float64)
        before = min(start, history)
        filtered = np.fft.irfft(np.fft.rfft(piece, size) * spectrum, size)
        power = (filtered[:, before : piece.shape[1]] ** 2).sum(axis=0)
        whole = power[: len(power) // hop * hop]
        # Of a sound shorter than one hop all of it counts, else what fills one.
        hops.append(
            (whole if whole.size or start else power).reshape(-1, min(hop, len(power))).mean(axis=1)
        )
    return np.concatenate(hops) if hops else np.zeros(0)


def _block_power(hops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power of overlapping blocks; of a sound shorter than one, its mean."""
    hops_of_block = round(BLOCK_S / HOP_S)
    if len(hops) < hops_of_block:
        return hops.mean(keepdims=True) if len(hops) else hops
    sums = np.concatenate([[0.0], hops.cumsum()])
    return np.maximum(sums[hops_of_block:] - sums[:-hops_of_block], 0) / hops_of_block


@cache
def _k_weighting(rate: int) -> NDArray[np.float64]:
    """Return the impulse response of the K-weighting filter at this rate."""
    # The analogue filters that the standard's coefficients at 48 kHz stand for.
    k = tan(pi * min(1681.974450955533 / rate, 0.45))
    q, gain = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = gain**0.4996667741545416
    a0 = 1 + k / q + k * k
    first, last = gain + middle * k / q + k * k, gain - middle * k / q + k * k
    shelf = (
        (first / a0, 2 * (k * k - gain) / a0, last / a0),
        (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0),
    )
    k = tan(pi * min(38.13547087602444 / rate, 0.45))
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    high_pass = ((1.0, -2.0, 1.0), (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))
    impulse = [1.0] + [0.0] * max(1, round(_RESPONSE_S * rate))
    for forward, backward in (shelf, high_pass):
        impulse = _biquad(impulse, forward, backward)
    return np.array(impulse)


def _biquad(
    signal: list[float], forward: tuple[float, ...], backward: tuple[float, ...]
) -> list[float]:
    filtered: list[float] = []
    first = second = 0.0
    for value in signal:
        out = forward[0] * value + first
        first = forward[1] * value - backward[0] * out + second
        second = forward[2] * value - backward[1] * out
        filtered.append(out)
    return filtered


def _lufs(power: float) -> float:
    return -0.691 + 10 * log10(power) if power > 0 else -inf


def _power_of(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)
