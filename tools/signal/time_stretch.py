"""Change the duration of audio without changing its pitch.

Waveform similarity overlap-add (WSOLA; Verhelst and Roelands, 1993): frames are read at one rate
and written at another. Each is shifted by a few milliseconds to where it best continues the last
one, so that the waveform of a voice stays intact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.sdk.call_context import check_stop, progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_S = 0.04
"""Frame length: two periods of the lowest voice."""
SHIFT_S = 0.01


def stretched(samples: NDArray[np.float32], rate: int, longer: float) -> NDArray[np.float32]:
    """Multiply the duration of samples (channels, samples) by a factor."""
    import numpy as np

    if longer == 1 or not samples.size:
        return samples
    half = max(2, round(PIECE_S * rate / 2))
    shift = round(SHIFT_S * rate)
    length = round(samples.shape[1] * longer)
    fade = np.hanning(2 * half + 1)[:-1].astype(np.float32)
    source = np.pad(samples, ((0, 0), (half + shift, 4 * half + 2 * shift)))
    mixed = source.mean(axis=0)
    made = np.zeros((len(samples), length + 3 * half), np.float32)
    taken = half + shift
    pieces = length // half + 2
    for piece in range(pieces):
        if piece % 500 == 0:
            check_stop()
            progress(piece / pieces, f"{piece / pieces:.0%} of the sound")
        wanted = round((piece - 1) * half / longer) + half + shift
        wanted = min(max(wanted, shift), source.shape[1] - 2 * half - shift)
        if piece:
            taken = (
                wanted
                - shift
                + _best_match(
                    mixed[taken + half : taken + 3 * half],
                    mixed[wanted - shift : wanted + shift + 2 * half],
                )
            )
        part = source[:, taken : taken + 2 * half] * fade
        made[:, piece * half : (piece + 2) * half] += part[:, : made.shape[1] - piece * half]
    return made[:, half : half + length]


def _best_match(pattern: NDArray[np.float32], among: NDArray[np.float32]) -> int:
    """Return the offset with the highest normalised cross-correlation."""
    import numpy as np

    pattern = pattern[: len(among)]
    alike = np.correlate(among, pattern, "valid")
    squares = np.concatenate([[0.0], np.cumsum(among.astype(np.float64) ** 2)])
    loudness = squares[len(pattern) :] - squares[: -len(pattern)]
    return int(np.argmax(alike / np.sqrt(np.maximum(loudness, 1e-9))))
