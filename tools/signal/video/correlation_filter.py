"""Track an object with a correlation filter (Danelljan et al., 2014, DSST).

The filter is learned from the first frame; its response to the next frame peaks at the object, and
it is updated with each frame. It needs no training and no classes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tools.media import Box

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray

SIDE = 64
"""Cells per side of the search window."""
WINDOW_SCALE = 2.5
"""Size of the search window relative to the object; larger movements lose it."""
SHARPNESS = 1 / 16
LEARNING_RATE = 0.02
SCALES = (0.96, 1.0, 1.04)
SCALE_PENALTY = 0.97
"""Factor on the peak of another scale: without it noise makes the box size oscillate."""
MIN_PEAK = 12.0
"""Minimum peak-to-sidelobe ratio: 25 and more while the object is visible, 5 or 6 where it is
occluded."""
SEARCH_OFFSETS = (-1.0, 0.0, 1.0)
"""Offsets at which a lost object is searched, in box sizes from its last position."""
DIRECTIONS = 4


@dataclass(frozen=True)
class Match:
    """An object's box in a frame and its peak-to-sidelobe ratio."""

    box: Box
    peak: float

    @property
    def is_confident(self) -> bool:
        return self.peak >= MIN_PEAK


class Tracker:
    """Track the object in a box, frame by frame."""

    def __init__(self, frame: PIL.Image.Image, box: Box) -> None:
        import numpy as np

        self._box = box
        hann = np.hanning(SIDE)
        self._window = np.outer(hann, hann).astype(np.float32)
        distances = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE)) ** 2
        spread = SHARPNESS * SIDE / WINDOW_SCALE
        self._target = np.fft.rfft2(
            np.exp(-(distances[:, None] + distances[None]) / (2 * spread**2))
        )
        self._numerator, self._denominator = self._filter_update(frame, box)

    def update(self, frame: PIL.Image.Image) -> Match:
        """Locate the object in the next frame and update the filter."""
        matches = [self._locate(frame, _scale_box(self._box, scale)) for scale in SCALES]
        scores = [
            match.peak * (1 if scale == 1 else SCALE_PENALTY)
            for match, scale in zip(matches, SCALES, strict=True)
        ]
        best = matches[scores.index(max(scores))]
        if not best.is_confident:
            candidates = [
                _shift_box(self._box, x, y) for x in SEARCH_OFFSETS for y in SEARCH_OFFSETS
            ]
            best = max((self._locate(frame, box) for box in candidates), key=lambda seen: seen.peak)
        if best.is_confident:
            self._box = best.box
            numerator, denominator = self._filter_update(frame, best.box)
            self._numerator += LEARNING_RATE * (numerator - self._numerator)
            self._denominator += LEARNING_RATE * (denominator - self._denominator)
        return best

    def _locate(self, frame: PIL.Image.Image, box: Box) -> Match:
        import numpy as np

        spectrum = np.fft.rfft2(self._features(frame, box))
        response = np.fft.irfft2(
            (self._numerator.conj() * spectrum).sum(axis=0) / (self._denominator + 1e-2),
            (SIDE, SIDE),
        )
        row, column = np.unravel_index(int(response.argmax()), response.shape)
        peak = float(response[row, column])
        down = _refine_peak(response[:, column], int(row)) * WINDOW_SCALE / SIDE
        across = _refine_peak(response[row], int(column)) * WINDOW_SCALE / SIDE
        rest = response.copy()
        rows = (int(row) + np.arange(-5, 6)) % SIDE
        columns = (int(column) + np.arange(-5, 6)) % SIDE
        rest[np.ix_(rows, columns)] = np.nan
        ratio = (peak - np.nanmean(rest)) / (np.nanstd(rest) + 1e-9)
        return Match(_shift_box(box, across, down), float(ratio))

    def _filter_update(
        self, frame: PIL.Image.Image, box: Box
    ) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
        import numpy as np

        spectrum = np.fft.rfft2(self._features(frame, box))
        return self._target.conj() * spectrum, (np.abs(spectrum) ** 2).sum(axis=0)

    def _features(self, frame: PIL.Image.Image, box: Box) -> NDArray[np.float32]:
        """Return brightness, colour and edge features around the box: (channels, SIDE, SIDE)."""
        import numpy as np

        window = _scale_box(box, WINDOW_SCALE)
        corners = [round(edge) for edge in (window.left, window.top, window.right, window.bottom)]
        corners[2:] = max(corners[2], corners[0] + 2), max(corners[3], corners[1] + 2)
        crop = frame.crop((corners[0], corners[1], corners[2], corners[3]))
        pixels = np.asarray(crop.resize((SIDE, SIDE)), np.float32) / 255
        red, green, blue = (pixels[:, :, channel] for channel in range(3))
        grey = (red + green + blue) / 3
        down, across = np.gradient(grey)
        strength, angle = np.hypot(down, across), np.arctan2(down, across) % np.pi
        sector = (angle / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
        edges = [4 * strength * (sector == direction) for direction in range(DIRECTIONS)]
        channels = np.stack([grey, red - green, (red + green) / 2 - blue, *edges])
        return (channels - channels.mean(axis=(1, 2), keepdims=True)) * self._window


def _scale_box(box: Box, scale: float) -> Box:
    across, down = ((box.right - box.left) * scale / 2, (box.bottom - box.top) * scale / 2)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return replace(box, left=x - across, right=x + across, top=y - down, bottom=y + down)


def _shift_box(box: Box, across: float, down: float) -> Box:
    """Shift the box by multiples of its width and height."""
    x, y = across * (box.right - box.left), down * (box.bottom - box.top)
    return replace(
        box, left=box.left + x, right=box.right + x, top=box.top + y, bottom=box.bottom + y
    )


def _refine_peak(line: NDArray[np.float64], peak: int) -> float:
    """Return the peak's subcell offset from the centre, by parabola fit."""
    before, centre, after = (float(line[(peak + step) % SIDE]) for step in (-1, 0, 1))
    curvature = before - 2 * centre + after
    offset = (before - after) / (2 * curvature) if curvature else 0.0
    return (peak + SIDE // 2) % SIDE - SIDE // 2 + offset
