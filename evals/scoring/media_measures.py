"""Measure images, sounds and films, to compare a result with what was asked for.

Every measure is a number. Distances are mean differences of two small pictures, from 0 to 255: a
result that is near a mirrored copy of the file was mirrored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from tools.media import Audio, Image, Media, Video

Measures = dict[str, float]

_THUMBNAIL = (48, 48)
_ALIGNED_SECONDS = 0.001
"""Two sounds of the same length, but for rounding."""
_EDGE_SECONDS = 0.25
"""Of the start and the end of a sound, whose loudness tells a fade."""

TRANSFORMED: Mapping[str, Callable[[PIL.Image.Image], PIL.Image.Image]] = {
    "from_original": lambda image: image,
    "from_mirrored": lambda image: image.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT),
    "from_upside_down": lambda image: image.transpose(PIL.Image.Transpose.ROTATE_180),
    "from_clockwise": lambda image: image.transpose(PIL.Image.Transpose.ROTATE_270),
    "from_counterclockwise": lambda image: image.transpose(PIL.Image.Transpose.ROTATE_90),
    "from_right_half": lambda image: image.crop((image.width // 2, 0, image.width, image.height)),
    "from_left_half": lambda image: image.crop((0, 0, image.width // 2, image.height)),
    "from_top_half": lambda image: image.crop((0, 0, image.width, image.height // 2)),
    "from_negative": lambda image: PIL.Image.eval(image, lambda value: 255 - value),
}
"""What a result may be compared with: the file, changed in a known way."""


Region = tuple[float, float, float, float]
"""x1, y1, x2, y2 as percentages."""

_HALVES: Mapping[str, tuple[float, float, float, float]] = {
    "left": (0, 0, 0.5, 1),
    "right": (0.5, 0, 1, 1),
    "top": (0, 0, 1, 0.5),
    "bottom": (0, 0.5, 1, 1),
}


def measure(
    result: Media, originals: Sequence[Media] = (), region: Region | None = None
) -> Measures:
    """Return the measures of a result, by comparison with the files of the request too.

    The first original of the same kind counts; `left_from_second` and the like compare a half of an
    image with one of the first two.
    """
    if isinstance(result, Image):
        images = [original for original in originals if isinstance(original, Image)]
        measures = _measure_image(result, images[0] if images else None)
        if images and region:
            measures |= _measure_region(result, images[0], region)
        return measures | _measure_halves(result, images[:2])
    if isinstance(result, Audio):
        sounds = [original for original in originals if isinstance(original, Audio)]
        return _measure_audio(result) | _compare_sounds(result, sounds[:1])
    return _measure_video(result) if isinstance(result, Video) else {}


def _measure_halves(image: Image, originals: Sequence[Image]) -> Measures:
    pixels = image.opaque()
    measures: Measures = {}
    for name, (x1, y1, x2, y2) in _HALVES.items():
        half = pixels.crop(
            (
                round(x1 * image.width),
                round(y1 * image.height),
                max(1, round(x2 * image.width)),
                max(1, round(y2 * image.height)),
            )
        )
        for ordinal, original in zip(("first", "second"), originals, strict=False):
            measures[f"{name}_from_{ordinal}"] = round(_distance(half, original.opaque()), 3)
    return measures


def _measure_region(image: Image, original: Image, region: Region) -> Measures:
    """Measure how much the pixels inside and outside a region differ from the original."""
    values = np.asarray(image.opaque(), dtype=np.float64)
    before = np.asarray(original.opaque(), dtype=np.float64)
    if values.shape != before.shape:
        return {}
    height, width = values.shape[:2]
    x1, y1, x2, y2 = region
    inside = np.zeros((height, width), dtype=bool)
    inside[
        round(y1 * height / 100) : round(y2 * height / 100),
        round(x1 * width / 100) : round(x2 * width / 100),
    ] = True
    change = np.abs(values - before).mean(axis=2)
    saturation = np.ptp(values, axis=2)
    return {
        f"{side}_{name}": round(float(quantity[mask].mean()), 3)
        for side, mask in (("inside", inside), ("outside", ~inside))
        for name, quantity in (("change", change), ("saturation", saturation))
        if mask.any()
    }


def _compare_sounds(audio: Audio, originals: Sequence[Audio]) -> Measures:
    if not originals:
        return {}
    original = originals[0].mono(audio.rate)
    samples = audio.mono(audio.rate)
    measures = {"loudness_change": round(_decibels(samples) - _decibels(original), 2)}
    length = min(len(samples), len(original))
    if abs(len(samples) - len(original)) <= _ALIGNED_SECONDS * audio.rate and length:
        backwards = original[::-1][:length]
        norm = float(np.linalg.norm(backwards) * np.linalg.norm(samples[:length]))
        if norm:
            match = float(np.dot(backwards, samples[:length])) / norm
            measures["reversed_match"] = round(match, 3)
    return measures


def _measure_image(image: Image, original: Image | None) -> Measures:
    pixels = image.opaque()
    values = np.asarray(pixels, dtype=np.float64)
    red, green, blue = values.mean(axis=(0, 1))
    measures = {
        "width": image.width,
        "height": image.height,
        "red": red,
        "green": green,
        "blue": blue,
        "brightness": values.mean(),
        "contrast": values.mean(axis=2).std(),
        "warmth": red - blue,
        "saturation": (values.max(axis=2) - values.min(axis=2)).mean(),
        "detail": _detail(values.mean(axis=2)),
        "corner": values[:4, :4].mean(),
        "transparent": _transparent_share(image),
    }
    if original is not None:
        reference = original.opaque()
        for name, change in TRANSFORMED.items():
            measures[name] = _distance(pixels, change(reference))
        measures["detail_change"] = measures["detail"] / max(
            1e-6, _detail(np.asarray(reference.convert("L"), dtype=np.float64))
        )
        for name in ("brightness", "contrast", "saturation"):
            before = _measure_image(original, None)[name]
            measures[f"{name}_change"] = measures[name] - before
    return {name: round(float(value), 3) for name, value in measures.items()}


def _measure_audio(audio: Audio) -> Measures:
    samples = audio.samples.mean(axis=0)
    edge = max(1, round(_EDGE_SECONDS * audio.rate))
    return {
        "seconds": round(audio.seconds, 3),
        "loudness": _decibels(samples),
        "start_loudness": _decibels(samples[:edge]),
        "end_loudness": _decibels(samples[-edge:]),
    }


def _measure_video(video: Video) -> Measures:
    frames = list(video.frames())
    first, last = frames[0], frames[-1]
    return {
        "seconds": round(video.seconds, 3),
        "width": video.width,
        "height": video.height,
        "has_sound": float(_has_sound(video)),
        "brightness": round(float(np.mean([frame.mean() for frame in frames])), 3),
        "saturation": round(
            float(np.mean([np.ptp(frame.astype(int), axis=2).mean() for frame in frames])), 3
        ),
        "first_red": round(float(first[..., 0].mean()), 3),
        "last_red": round(float(last[..., 0].mean()), 3),
    }


def _detail(grey: NDArray[np.float64]) -> float:
    """Return the mean difference of neighbouring pixels: less in a blurred picture."""
    across = np.abs(np.diff(grey, axis=1)).mean() if grey.shape[1] > 1 else 0.0
    down = np.abs(np.diff(grey, axis=0)).mean() if grey.shape[0] > 1 else 0.0
    return float(across + down) / 2


def _distance(first: PIL.Image.Image, second: PIL.Image.Image) -> float:
    left, right = (
        np.asarray(image.resize(_THUMBNAIL, PIL.Image.Resampling.BOX), dtype=np.float64)
        for image in (first, second)
    )
    return float(np.abs(left - right).mean())


def _transparent_share(image: Image) -> float:
    if image.pixels.mode != "RGBA":
        return 0.0
    return float((np.asarray(image.pixels.getchannel("A")) < 128).mean())


def _decibels(samples: NDArray[np.float32]) -> float:
    """Return the loudness of the samples in dB below full scale; -100 for silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return round(max(-100.0, 10 * float(np.log10(max(power, 1e-12)))), 2)


def _has_sound(video: Video) -> bool:
    import io

    import av

    with av.open(io.BytesIO(video.encoded), "r") as container:
        return any(
            bool(np.abs(frame.to_ndarray()).max() > 1e-3)
            for stream in container.streams.audio
            for frame in container.decode(stream)
        )
