"""Write results as small files: JPEG images, MP3 audio, first video frames."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import PIL.Image

from tools.media import Audio, Image, Mask, Media, Video

MAX_SIDE = 280
AUDIO_RATE = 16_000
AUDIO_BIT_RATE = 32_000


def write_small(media: Iterable[Media], folder: Path, name: str) -> Iterator[Path]:
    """Write images, masks, videos and audio to files; skip other media."""
    for number, medium in enumerate(media):
        stem = f"{name}{number or ''}"
        if isinstance(medium, Image | Mask):
            path, content = folder / f"{stem}.jpg", _jpeg(medium.pixels)
        elif isinstance(medium, Video):
            path, content = (
                folder / f"{stem}.jpg",
                _jpeg(PIL.Image.fromarray(next(medium.frames()))),
            )
        elif isinstance(medium, Audio):
            path, content = folder / f"{stem}.mp3", _mp3(medium)
        else:
            continue
        path.write_bytes(content)
        yield path


def _jpeg(pixels: PIL.Image.Image) -> bytes:
    if pixels.mode == "RGBA":
        ground = PIL.Image.new("RGBA", pixels.size, "white")
        pixels = PIL.Image.alpha_composite(ground, pixels)
    pixels = pixels.convert("RGB")
    pixels.thumbnail((MAX_SIDE, MAX_SIDE))
    file = io.BytesIO()
    pixels.save(file, "JPEG", quality=80)
    return file.getvalue()


def _mp3(audio: Audio) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=AUDIO_RATE, layout="mono")
        stream.bit_rate = AUDIO_BIT_RATE
        frame = av.AudioFrame.from_ndarray(audio.mono(AUDIO_RATE)[None], "fltp", "mono")
        frame.sample_rate = AUDIO_RATE
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
