"""Decoded files as messages: raw pixels, raw samples, an encoded video, text or a page count."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import PIL.Image

from tools.errors import InputError
from tools.media.audio import Audio
from tools.media.image import Image
from tools.media.isolated.bounds import MAX_RATE
from tools.media.isolated.job import Decoded
from tools.media.isolated.messages import BadMessage, Header
from tools.media.media_limits import Limits
from tools.media.video import Video

_BANDS: Mapping[str, int] = {"RGB": 3, "RGBA": 4}
_MAX_MESSAGE_CHARACTERS = 2_000
"""The maximum length of an error message or note from the child, in characters."""


def encode_result(decoded: Decoded) -> tuple[Header, bytes | memoryview]:
    """Return the message that carries a decoded medium to the parent."""
    match decoded:
        case str():
            return {"kind": "text"}, decoded.encode()
        case Image():
            pixels = decoded.pixels
            header = {"kind": "image", "mode": pixels.mode, "size": list(pixels.size)}
            return header, pixels.tobytes()
        case Audio():
            samples = np.ascontiguousarray(decoded.samples)
            header = {"kind": "audio", "channels": samples.shape[0], "rate": decoded.rate}
            return header, samples.data.cast("B")
        case Video():
            return {"kind": "video", "note": decoded.note}, decoded.encoded
        case int():
            return {"kind": "document", "pages": decoded}, b""
        case _:
            raise TypeError(f"{type(decoded).__name__} is nothing that is decoded from a file")


def decode_result(header: Header, payload: bytes, limits: Limits) -> Decoded:
    """Return what was decoded; BadMessage if it is inconsistent or exceeds the limits."""
    match header:
        case {"kind": "text"}:
            return _text(payload)
        case {
            "kind": "image",
            "mode": "RGB" | "RGBA" as mode,
            "size": [int(width), int(height)],
        }:
            size = width * height * _BANDS[mode]
            if min(width, height) < 1 or width * height > limits.pixels or len(payload) != size:
                raise BadMessage(f"{len(payload):,} bytes are no picture of {width}×{height}")
            return Image(PIL.Image.frombytes(mode, (width, height), payload))
        case {"kind": "audio", "channels": 1 | 2 as channels, "rate": int(rate)}:
            if not 0 < rate <= MAX_RATE or not payload or len(payload) % (4 * channels):
                raise BadMessage(f"{len(payload):,} bytes are no sound at {rate} a second")
            return Audio(np.frombuffer(payload, np.float32).reshape(channels, -1), rate)
        case {"kind": "video", "note": str(note)}:
            video = Video(payload)
            video.note = note[:_MAX_MESSAGE_CHARACTERS]
            return video
        case {"kind": "document", "pages": int(pages)} if 1 <= pages <= limits.pages:
            return pages
        case {"kind": "refused", "message": str(message), "hint": str(hint)}:
            raise InputError(message[:_MAX_MESSAGE_CHARACTERS], hint=hint[:_MAX_MESSAGE_CHARACTERS])
        case _:
            raise BadMessage("the message is of no known kind")


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise BadMessage("the text is not UTF-8") from error
