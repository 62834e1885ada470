"""How much memory, time and output the decoding of one file may take."""

from __future__ import annotations

from dataclasses import dataclass

from tools.media.formats import Kind
from tools.media.media_limits import Limits

MOST_RATE = 48_000
"""Samples a second of a decoded sound: more than anybody hears only costs memory."""

_MB = 1_000_000
_OWN_BYTES = 640 * _MB
"""Address space of Python with the decoders loaded, with room for their threads."""


@dataclass(frozen=True)
class Bounds:
    """The limits of one decoding; `wall_seconds` also hold where the machine is busy."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    output_bytes: int


def bounds_for(kind: Kind, file_bytes: int, limits: Limits) -> Bounds:
    """Return the bounds for a file of that kind and size within the limits."""
    # Stereo, as 32-bit floats.
    sound_bytes = int(limits.seconds * MOST_RATE * 8)
    image_bytes = limits.pixels * 4
    if kind == "picture":
        # Grey values of 16 bits pass through 64-bit floats, a few copies at once.
        memory, seconds, output = limits.pixels * 32, 60, image_bytes
    elif kind == "document":
        memory, seconds = limits.pixels * 12, 20
        output = max(image_bytes, limits.text_bytes)
    else:
        # The parts of a sound and the whole, or the pictures that an encoder looks ahead.
        memory = max(int(2.5 * sound_bytes), 1_500 * _MB)
        seconds, output = 180, max(sound_bytes, 4 * limits.file_bytes)
    return Bounds(_OWN_BYTES + 2 * file_bytes + memory, seconds, 3.0 * seconds, output)
