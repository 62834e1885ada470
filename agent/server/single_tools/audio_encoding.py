"""Encode audio in the formats that clients of a speech API ask for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from tools.media import Audio

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

AudioFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

PCM_RATE = 24_000


@dataclass(frozen=True)
class _Encoding:
    media_type: str
    container: str = ""
    codec: str = ""
    rate: int = 0
    """The sample rate; that of the audio if 0."""


_ENCODINGS: dict[AudioFormat, _Encoding] = {
    "mp3": _Encoding("audio/mpeg", "mp3", "libmp3lame", 24_000),
    "opus": _Encoding("audio/ogg", "ogg", "libopus", 48_000),
    "aac": _Encoding("audio/aac", "adts", "aac", 24_000),
    "flac": _Encoding("audio/flac", "flac", "flac"),
    "wav": _Encoding("audio/wav"),
    "pcm": _Encoding("audio/pcm"),
}


def media_type_of_format(audio_format: AudioFormat) -> str:
    return _ENCODINGS[audio_format].media_type


def encode_audio(audio: Audio, audio_format: AudioFormat) -> bytes:
    """Return the file content; `pcm` is 16-bit mono of 24,000 samples a second."""
    if audio_format == "wav":
        return audio.encode()
    if audio_format == "pcm":
        return (audio.mono(PCM_RATE) * 32_767).round().astype("<i2").tobytes()
    return _encode(audio, _ENCODINGS[audio_format])


def _encode(audio: Audio, encoding: _Encoding) -> bytes:
    import av

    rate = encoding.rate or audio.rate
    samples = np.ascontiguousarray(audio.mono(rate)[None, :], np.float32)
    file = io.BytesIO()
    with av.open(file, "w", format=encoding.container) as container:
        stream = cast("AudioStream", container.add_stream(encoding.codec, rate=rate, layout="mono"))
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
