"""Bounds on memory, time and output for decoding one file."""

from __future__ import annotations

from dataclasses import dataclass

from tools.media.formats import FormatKind
from tools.media.media_limits import Limits

MAX_RATE = 48_000
"""The highest sample rate of decoded audio: inaudible frequencies only cost memory."""

_MB = 1_000_000
_OWN_BYTES = 640 * _MB
"""Address space of Python with the decoders and their threads."""


@dataclass(frozen=True)
class Bounds:
    """The limits for decoding one file; `wall_seconds` allows for a busy machine."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    output_bytes: int


def bounds_for(kind: FormatKind, file_bytes: int, limits: Limits) -> Bounds:
    """Return the bounds for a file of that kind and size within the limits."""
    # Stereo, as 32-bit floats.
    sound_bytes = int(limits.seconds * MAX_RATE * 8)
    image_bytes = limits.pixels * 4
    if kind == "picture":
        # 16-bit grey values are converted through 64-bit floats, a few copies at once.
        memory, seconds, output = limits.pixels * 32, 60, image_bytes
    elif kind == "document":
        memory, seconds = limits.pixels * 12, 20
        output = max(image_bytes, limits.text_bytes)
    else:
        # The audio in chunks and concatenated, or the lookahead frames of an encoder.
        memory = max(int(2.5 * sound_bytes), 1_500 * _MB)
        seconds, output = 90, max(sound_bytes, 4 * limits.file_bytes)
    return Bounds(_OWN_BYTES + 2 * file_bytes + memory, seconds, 3.0 * seconds, output)
