"""Contact sheets of scenes, films and sounds with their sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evals.world.audio.instruments import RATE
from evals.world.audio.sounds import Sound
from evals.world.images.scenes import Scene
from evals.world.video.films import Film

if TYPE_CHECKING:
    import PIL.Image

_MARGIN, _LINE_HEIGHT, _SHOWN_SENTENCES = 12, 14, 3
_INK, _FADED, _PAPER = (20, 20, 20), (110, 110, 110), (255, 255, 255)


def scene_sheet(scenes: Sequence[Scene]) -> PIL.Image.Image:
    """Draw scenes four to a row, with captions and some sentences."""
    return _sheet(
        [_enlarge(scene.pixels, 192) for scene in scenes],
        [(scene.caption, *scene.sentences[:_SHOWN_SENTENCES]) for scene in scenes],
        columns=4,
    )


def film_sheet(films: Sequence[Film]) -> PIL.Image.Image:
    """Draw each film as a strip of frames, captioned."""
    strips = [np.pad(film.pixels, ((0, 0), (0, 0), (0, 1), (0, 0))) for film in films]
    return _sheet(
        [np.concatenate(list(strip), axis=1) for strip in strips],
        [(film.caption, *film.sentences[:_SHOWN_SENTENCES]) for film in films],
        columns=1,
    )


def sound_sheet(sounds: Sequence[Sound], folder: Path) -> PIL.Image.Image:
    """Draw each sound's spectrogram and write the sound as a WAV."""
    from tools.media import Audio

    folder.mkdir(parents=True, exist_ok=True)
    for number, sound in enumerate(sounds):
        (folder / f"{number:03}.wav").write_bytes(Audio(sound.samples, RATE).encode())
    return _sheet(
        [spectrogram(sound.samples) for sound in sounds],
        [
            (f"{number:03} {sound.caption}", *sound.sentences[:_SHOWN_SENTENCES])
            for number, sound in enumerate(sounds)
        ],
        columns=4,
    )


def spectrogram(samples: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return an image of loudness (brightness) by time (x) and pitch (y)."""
    window, step, rows = 1024, 128, 128
    padded = np.pad(samples, window // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::step]
    power = np.abs(np.fft.rfft(frames * np.hanning(window), axis=1)) ** 2
    edges = np.geomspace(60, RATE / 2, rows + 1) * window / RATE
    middles, bins = (edges[1:] + edges[:-1]) / 2, np.arange(power.shape[1])
    pitches = np.stack([np.interp(middles, bins, frame_power) for frame_power in power])
    light = ((10 * np.log10(pitches + 1e-6) + 30) / 70).clip(0, 1).T[::-1]
    return (np.stack([light, light**2, light**0.5 / 2], axis=2) * 255).astype(np.uint8)


def _enlarge(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    factor = max(1, side // len(pixels))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _sheet(
    images: Sequence[NDArray[np.uint8]], texts: Sequence[tuple[str, ...]], columns: int
) -> PIL.Image.Image:
    import PIL.Image
    import PIL.ImageDraw
    import PIL.ImageFont

    height, width = images[0].shape[:2]
    font = PIL.ImageFont.load_default(size=11)
    lines = [_lines(text, width // 6) for text in texts]
    tops = [_MARGIN]
    for first in range(0, len(lines), columns):
        longest = max(len(cell_lines) for cell_lines in lines[first : first + columns])
        tops.append(tops[-1] + height + _LINE_HEIGHT * longest + _MARGIN)
    sheet = PIL.Image.new("RGB", (columns * (width + _MARGIN) + _MARGIN, tops[-1]), _PAPER)
    pen = PIL.ImageDraw.Draw(sheet)
    for number, (image, found) in enumerate(zip(images, lines, strict=True)):
        row, column = divmod(number, columns)
        left = _MARGIN + column * (width + _MARGIN)
        sheet.paste(PIL.Image.fromarray(image), (left, tops[row]))
        for line, (text_line, ink) in enumerate(found):
            pen.text((left, tops[row] + height + 2 + line * _LINE_HEIGHT), text_line, ink, font)
    return sheet


def _lines(text: tuple[str, ...], width: int) -> list[tuple[str, tuple[int, int, int]]]:
    caption, *rest = text
    plain = [(line, _INK) for line in wrap(caption, width)]
    return plain + [(line, _FADED) for sentence in rest for line in wrap(sentence, width)]
