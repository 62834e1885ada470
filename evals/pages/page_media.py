"""Write results as small files: JPEG images, MP3 audio, first video frames."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import PIL.Image

from tools.media import Audio, Image, Mask, Media, Video

SHOWN_PIXELS = 280
SOUND_RATE = 16_000
SOUND_BITS_PER_SECOND = 32_000


def write_small(media: Iterable[Media], folder: Path, name: str) -> Iterator[Path]:
    """Write images, masks, videos and audio to files; skip other media."""
    for number, each in enumerate(media):
        stem = f"{name}{number or ''}"
        if isinstance(each, Image | Mask):
            path, content = folder / f"{stem}.jpg", _jpeg(each.pixels)
        elif isinstance(each, Video):
            path, content = folder / f"{stem}.jpg", _jpeg(PIL.Image.fromarray(next(each.frames())))
        elif isinstance(each, Audio):
            path, content = folder / f"{stem}.mp3", _mp3(each)
        else:
            continue
        path.write_bytes(content)
        yield path


def _jpeg(pixels: PIL.Image.Image) -> bytes:
    if pixels.mode == "RGBA":
        ground = PIL.Image.new("RGBA", pixels.size, "white")
        pixels = PIL.Image.alpha_composite(ground, pixels)
    pixels = pixels.convert("RGB")
    pixels.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
    file = io.BytesIO()
    pixels.save(file, "JPEG", quality=80)
    return file.getvalue()


def _mp3(audio: Audio) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=SOUND_RATE, layout="mono")
        stream.bit_rate = SOUND_BITS_PER_SECOND
        frame = av.AudioFrame.from_ndarray(audio.mono(SOUND_RATE)[None], "fltp", "mono")
        frame.sample_rate = SOUND_RATE
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
