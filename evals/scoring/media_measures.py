"""Measure images, sounds and films, to compare a result with what was asked for.

Every measure is a number. Distances are mean differences of two small pictures, from 0 to 255: a
result that is near a mirrored copy of the file was mirrored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from tools.media import Audio, Image, Media, Video

Measures = dict[str, float]

_THUMBNAIL = (48, 48)
_EDGE_SECONDS = 0.25
"""Of the start and the end of a sound, whose loudness tells a fade."""

TRANSFORMED: Mapping[str, Callable[[PIL.Image.Image], PIL.Image.Image]] = {
    "from_original": lambda image: image,
    "from_mirrored": lambda image: image.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT),
    "from_upside_down": lambda image: image.transpose(PIL.Image.Transpose.ROTATE_180),
    "from_clockwise": lambda image: image.transpose(PIL.Image.Transpose.ROTATE_270),
    "from_left_half": lambda image: image.crop((0, 0, image.width // 2, image.height)),
    "from_top_half": lambda image: image.crop((0, 0, image.width, image.height // 2)),
    "from_negative": lambda image: PIL.Image.eval(image, lambda value: 255 - value),
}
"""What a result may be compared with: the file, changed in a known way."""


def measure(result: Media, original: Media | None = None) -> Measures:
    """Return the measures of a result; distances where the original is an image too."""
    if isinstance(result, Image):
        return _measure_image(result, original if isinstance(original, Image) else None)
    if isinstance(result, Audio):
        return _measure_audio(result)
    return _measure_video(result) if isinstance(result, Video) else {}


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
