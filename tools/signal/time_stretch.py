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

FRAME_S = 0.04
"""Frame length: two periods of the lowest voice."""
SHIFT_S = 0.01


def stretch(samples: NDArray[np.float32], rate: int, factor: float) -> NDArray[np.float32]:
    """Multiply the duration of samples (channels, samples) by a factor."""
    import numpy as np

    if factor == 1 or not samples.size:
        return samples
    half = max(2, round(FRAME_S * rate / 2))
    shift = round(SHIFT_S * rate)
    length = round(samples.shape[1] * factor)
    fade = np.hanning(2 * half + 1)[:-1].astype(np.float32)
    source = np.pad(samples, ((0, 0), (half + shift, 4 * half + 2 * shift)))
    mono = source.mean(axis=0)
    output = np.zeros((len(samples), length + 3 * half), np.float32)
    position = half + shift
    frame_count = length // half + 2
    for frame_index in range(frame_count):
        if frame_index % 500 == 0:
            check_stop()
            progress(frame_index / frame_count, f"{frame_index / frame_count:.0%} of the sound")
        target = round((frame_index - 1) * half / factor) + half + shift
        target = min(max(target, shift), source.shape[1] - 2 * half - shift)
        if frame_index:
            position = (
                target
                - shift
                + _best_match(
                    mono[position + half : position + 3 * half],
                    mono[target - shift : target + shift + 2 * half],
                )
            )
        frame = source[:, position : position + 2 * half] * fade
        output[:, frame_index * half : (frame_index + 2) * half] += frame[
            :, : output.shape[1] - frame_index * half
        ]
    return output[:, half : half + length]


def _best_match(pattern: NDArray[np.float32], signal: NDArray[np.float32]) -> int:
    """Return the offset with the highest normalised cross-correlation."""
    import numpy as np

    pattern = pattern[: len(signal)]
    correlation = np.correlate(signal, pattern, "valid")
    squares = np.concatenate([[0.0], np.cumsum(signal.astype(np.float64) ** 2)])
    loudness = squares[len(pattern) :] - squares[: -len(pattern)]
    return int(np.argmax(correlation / np.sqrt(np.maximum(loudness, 1e-9))))
