"""Fill a gap in audio from its context.

A short gap is bridged by linear prediction from both sides with Burg's coefficients, which
continues tones. Over a longer gap they would decay: it gets the part of the audio whose context is
most similar to its own (Perraudin et al., 2018), as music and noise repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.sdk.call_context import check_stop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_BRIDGE_S = 0.05
CONTEXT_S = 0.25
"""Context on either side."""
FADE_S = 0.02
SEARCH_S = 60.0
"""Search range for a patch, before and after the gap."""
ORDER = 512


@dataclass(frozen=True)
class Gap:
    """Range of missing samples: from `first` to before `last`."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first


def bridge_gap(samples: NDArray[np.float32], gap: Gap, rate: int) -> NDArray[np.float32]:
    """Bridge a gap of up to LONGEST_BRIDGE_S in samples (channels, samples)."""
    import numpy as np

    context = round(CONTEXT_S * rate)
    output = samples.copy()
    fade = np.cos(np.linspace(0, np.pi / 2, gap.length + 2)[1:-1]) ** 2
    for channel in output:
        before = channel[max(0, gap.first - context) : gap.first].astype(np.float64)
        after = channel[gap.last : gap.last + context][::-1].astype(np.float64)
        check_stop()
        if not before.size:
            fade = np.zeros(gap.length)
        elif not after.size:
            fade = np.ones(gap.length)
        forwards, backwards = (
            _extrapolate(before, gap.length),
            _extrapolate(after, gap.length)[::-1],
        )
        channel[gap.first : gap.last] = forwards * fade + backwards * (1 - fade)
    return output


def patch_gap(samples: NDArray[np.float32], gap: Gap, rate: int) -> NDArray[np.float32] | None:
    """Lay the most similar part over the gap, if there is one."""
    import numpy as np

    length, fade = samples.shape[1], round(FADE_S * rate)
    low = max(0, gap.first - round(SEARCH_S * rate))
    high = min(length, gap.last + round(SEARCH_S * rate))
    context = round(CONTEXT_S * rate)
    before, after = min(context, gap.first), min(context, length - gap.last)
    mono = samples.mean(axis=0).astype(np.float64)
    costs = [
        _context_costs(mono[low : gap.first], mono, gap, before, after),
        _context_costs(mono[gap.last : high], mono, gap, before, after),
    ]
    if not any(cost.size for cost in costs):
        return None
    side = min(range(2), key=lambda index: costs[index].min(initial=np.inf))
    source = (low, gap.last)[side] + int(costs[side].argmin()) + before - gap.first
    head, tail = min(fade, before), min(fade, after)
    patch = samples[:, gap.first - head + source : gap.last + tail + source]
    return crossfade_patch(samples, patch, gap, head)


def crossfade_patch(
    samples: NDArray[np.float32], patch: NDArray[np.float32], gap: Gap, head: int
) -> NDArray[np.float32]:
    """Crossfade the part over the gap, starting `head` samples before it.

    The rest beyond head and gap is its tail.
    """
    import numpy as np

    tail = patch.shape[1] - gap.length - head
    weight = np.concatenate(
        [
            np.sin(np.linspace(0, np.pi / 2, head)) ** 2,
            np.ones(gap.length),
            np.cos(np.linspace(0, np.pi / 2, tail)) ** 2,
        ]
    ).astype(np.float32)
    span = slice(gap.first - head, gap.last + tail)
    output = samples.copy()
    output[:, span] = patch * weight + output[:, span] * (1 - weight)
    return output


def _context_costs(
    signal: NDArray[np.float64], mono: NDArray[np.float64], gap: Gap, before: int, after: int
) -> NDArray[np.float64]:
    """Return the squared context difference to the gap at each position."""
    import numpy as np

    check_stop()
    positions = len(signal) - before - gap.length - after + 1
    if positions <= 0:
        return np.zeros(0)
    squares = np.concatenate([[0.0], np.cumsum(signal**2)])
    cost = np.zeros(positions)
    for pattern, offset in (
        (mono[gap.first - before : gap.first], 0),
        (mono[gap.last : gap.last + after], before + gap.length),
    ):
        if pattern.size:
            loudness = squares[len(pattern) :] - squares[: -len(pattern)]
            correlation = _cross_correlate(signal, pattern)
            cost += (
                loudness[offset : offset + positions] - 2 * correlation[offset : offset + positions]
            )
    return cost


def _cross_correlate(
    signal: NDArray[np.float64], pattern: NDArray[np.float64]
) -> NDArray[np.float64]:
    import numpy as np

    size = 1 << (len(signal) + len(pattern) - 1).bit_length()
    product = np.fft.rfft(signal, size) * np.fft.rfft(pattern, size).conj()
    return np.fft.irfft(product, size)[: len(signal) - len(pattern) + 1]


def _extrapolate(samples: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Extrapolate the samples by linear prediction."""
    import numpy as np

    order = min(ORDER, len(samples) // 3)
    if not order or not samples.any():
        return np.zeros(steps)
    weights = _burg_coefficients(samples, order)
    extended = np.concatenate([samples[-order:], np.zeros(steps)])
    for step in range(order, order + steps):
        extended[step] = weights @ extended[step - order : step][::-1]
    return extended[order:].clip(-1, 1)


def _burg_coefficients(samples: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Return linear prediction coefficients by Burg's method, latest sample first."""
    import numpy as np

    forward, backward = samples[1:].copy(), samples[:-1].copy()
    weights = np.zeros(0)
    for _ in range(order):
        power = forward @ forward + backward @ backward
        if power < 1e-12:
            break
        reflection = 2 * (forward @ backward) / power
        weights = np.append(weights - reflection * weights[::-1], reflection)
        forward, backward = (
            (forward - reflection * backward)[1:],
            (backward - reflection * forward)[:-1],
        )
    return np.pad(weights, (0, order - len(weights)))
