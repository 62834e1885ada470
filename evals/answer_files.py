"""The files of the suite `answers`: shipped samples, files of packages, and generated files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from evals.answer_downloads import packaged_files
from tools.media import Audio, Image, Media, Video
from tools.sdk.tool_check import SAMPLES

RATE = 16_000
SPOKEN = {
    "order": "I would like two coffees and one lemonade, please.",
    "forecast": "Tomorrow it will rain in Hamburg.",
    "errand": "Please buy bread, butter and seven eggs.",
}
"""What the voice of the profile says in files that are made before a run."""


def make_file(name: str, folder: Path) -> Path:
    """Return the path of a file by name or path, made in the folder if it does not ship.

    Spoken and packaged files are only named here: a run speaks and fetches them when it needs them.
    """
    if Path(name).is_absolute():
        return Path(name)
    if name in SAMPLES:
        return SAMPLES[name]
    if name in packaged_files():
        return packaged_files()[name].path(folder)
    if name in SPOKEN:
        return folder / f"{name}.wav"
    medium = MAKERS[name]()
    path = folder / f"{name}{medium.suffix}"
    path.write_bytes(medium.encode())
    return path


def _lettering(*lines: str, size: int = 44) -> Image:
    font = PIL.ImageFont.load_default(size)
    canvas = PIL.Image.new("RGB", (640, 60 + (size + 24) * len(lines)), "white")
    draw = PIL.ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        draw.text((40, 30 + number * (size + 24)), line, fill="black", font=font)
    return Image(canvas)


def _row(*names: str, height: int = 400) -> Image:
    """Put samples of one height side by side."""
    pictures = [_sample(name) for name in names]
    scaled = [p.resize((round(p.width * height / p.height), height)) for p in pictures]
    canvas = PIL.Image.new("RGB", (sum(p.width for p in scaled), height))
    left = 0
    for picture in scaled:
        canvas.paste(picture, (left, 0))
        left += picture.width
    return Image(canvas)


def _sample(name: str) -> PIL.Image.Image:
    with PIL.Image.open(SAMPLES[name]) as opened:
        return opened.convert("RGB")


def _halves() -> Image:
    canvas = PIL.Image.new("RGB", (400, 300), (220, 20, 20))
    canvas.paste((20, 40, 220), (200, 0, 400, 300))
    return Image(canvas)


def _tone(*parts: tuple[float, float]) -> Audio:
    """Join tones of (hertz, seconds); 0 hertz is silence."""
    samples = [
        0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
        for hertz, seconds in parts
    ]
    return Audio(np.concatenate(samples), RATE)


def _speech_with_pause() -> Audio:
    speech = Audio.decode(SAMPLES["speech"].read_bytes())
    pause = np.zeros(3 * speech.rate, np.float32)
    spoken = speech.samples[0]
    return Audio(np.concatenate([spoken, pause, spoken]), speech.rate)


def _red_then_blue() -> Video:
    red = np.full((180, 320, 3), (200, 20, 20), np.uint8)
    blue = np.full((180, 320, 3), (20, 20, 200), np.uint8)
    return Video.of_frames([red] * 20 + [blue] * 20, fps=10)


MAKERS: Mapping[str, Callable[[], Media]] = {
    "note": lambda: _lettering("Room 7 is free on Friday"),
    "menu": lambda: _lettering("Soup 4.50", "Salad 6.00", "Pasta 9.50"),
    "timetable": lambda: _lettering("York 09:15", "Leeds 10:40", "Hull 12:05"),
    "invoice": lambda: _lettering(
        "Invoice 2048", "Paper 60.00", "Ink 24.50", "Total 84.50", "Due date: 30 June"
    ),
    "poster": lambda: _lettering("SUMMER FAIR", "12 July", "Old Harbour"),
    "halves": _halves,
    "two_cups": lambda: _row("photo", "photo"),
    "three_faces": lambda: _row("portrait", "portrait", "portrait"),
    "cup_and_face": lambda: _row("photo", "portrait"),
    "tone": lambda: _tone((440, 3.0)),
    "beeps": lambda: _tone((440, 1.0), (0, 2.0), (660, 1.0)),
    "pause": _speech_with_pause,
    "shots": _red_then_blue,
}
