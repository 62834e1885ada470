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
ROOM = 2.5
"""Size of the search window relative to the object; larger movements lose it."""
SHARPNESS = 1 / 16
LEARNING = 0.02
SCALES = (0.96, 1.0, 1.04)
SCALE_PENALTY = 0.97
"""Factor on the peak of another scale: without it noise makes the box size oscillate."""
LEAST_PEAK = 12.0
"""Minimum peak-to-sidelobe ratio: 25 and more while the object is visible, 5 or 6 where it is
occluded."""
SEARCHED = (-1.0, 0.0, 1.0)
"""Offsets at which a lost object is searched, in box sizes from its last position."""
DIRECTIONS = 4


@dataclass(frozen=True)
class Seen:
    """An object's box in a frame and its peak-to-sidelobe ratio."""

    box: Box
    peak: float

    @property
    def sure(self) -> bool:
        return self.peak >= LEAST_PEAK


class Tracker:
    """Track the object in a box, frame by frame."""

    def __init__(self, picture: PIL.Image.Image, box: Box) -> None:
        import numpy as np

        self._box = box
        hann = np.hanning(SIDE)
        self._window = np.outer(hann, hann).astype(np.float32)
        away = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE)) ** 2
        spread = SHARPNESS * SIDE / ROOM
        self._wanted = np.fft.rfft2(np.exp(-(away[:, None] + away[None]) / (2 * spread**2)))
        self._learned, self._energy = self._lesson(picture, box)

    def follow(self, picture: PIL.Image.Image) -> Seen:
        """Locate the object in the next frame and update the filter."""
        found = [self._look(picture, _scaled(self._box, scale)) for scale in SCALES]
        rated = [
            seen.peak * (1 if scale == 1 else SCALE_PENALTY)
            for seen, scale in zip(found, SCALES, strict=True)
        ]
        best = found[rated.index(max(rated))]
        if not best.sure:
            around = [_shifted(self._box, x, y) for x in SEARCHED for y in SEARCHED]
            best = max((self._look(picture, box) for box in around), key=lambda seen: seen.peak)
        if best.sure:
            self._box = best.box
            learned, energy = self._lesson(picture, best.box)
            self._learned += LEARNING * (learned - self._learned)
            self._energy += LEARNING * (energy - self._energy)
        return best

    def _look(self, picture: PIL.Image.Image, box: Box) -> Seen:
        import numpy as np

        spectrum = np.fft.rfft2(self._features(picture, box))
        response = np.fft.irfft2(
            (self._learned.conj() * spectrum).sum(axis=0) / (self._energy + 1e-2), (SIDE, SIDE)
        )
        row, column = np.unravel_index(int(response.argmax()), response.shape)
        peak = float(response[row, column])
        down = _refined(response[:, column], int(row)) * ROOM / SIDE
        across = _refined(response[row], int(column)) * ROOM / SIDE
        rest = response.copy()
        rows = (int(row) + np.arange(-5, 6)) % SIDE
        columns = (int(column) + np.arange(-5, 6)) % SIDE
        rest[np.ix_(rows, columns)] = np.nan
        outstanding = (peak - np.nanmean(rest)) / (np.nanstd(rest) + 1e-9)
        return Seen(_shifted(box, across, down), float(outstanding))

    def _lesson(
        self, picture: PIL.Image.Image, box: Box
    ) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
        import numpy as np

        spectrum = np.fft.rfft2(self._features(picture, box))
        return self._wanted.conj() * spectrum, (np.abs(spectrum) ** 2).sum(axis=0)

    def _features(self, picture: PIL.Image.Image, box: Box) -> NDArray[np.float32]:
        """Return brightness, colour and edge features around the box: (channels, SIDE, SIDE)."""
        import numpy as np

        around = _scaled(box, ROOM)
        corners = [round(at) for at in (around.left, around.top, around.right, around.bottom)]
        corners[2:] = max(corners[2], corners[0] + 2), max(corners[3], corners[1] + 2)
        part = picture.crop((corners[0], corners[1], corners[2], corners[3]))
        pixels = np.asarray(part.resize((SIDE, SIDE)), np.float32) / 255
        red, green, blue = (pixels[:, :, channel] for channel in range(3))
        grey = (red + green + blue) / 3
        down, across = np.gradient(grey)
        strength, angle = np.hypot(down, across), np.arctan2(down, across) % np.pi
        sector = (angle / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
        edges = [4 * strength * (sector == direction) for direction in range(DIRECTIONS)]
        channels = np.stack([grey, red - green, (red + green) / 2 - blue, *edges])
        return (channels - channels.mean(axis=(1, 2), keepdims=True)) * self._window


def _scaled(box: Box, scale: float) -> Box:
    across, down = ((box.right - box.left) * scale / 2, (box.bottom - box.top) * scale / 2)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return replace(box, left=x - across, right=x + across, top=y - down, bottom=y + down)


def _shifted(box: Box, across: float, down: float) -> Box:
    """Shift the box by multiples of its width and height."""
    x, y = across * (box.right - box.left), down * (box.bottom - box.top)
    return replace(
        box, left=box.left + x, right=box.right + x, top=box.top + y, bottom=box.bottom + y
    )


def _refined(line: NDArray[np.float64], peak: int) -> float:
    """Return the peak's subcell offset from the centre, by parabola fit."""
    before, at, after = (float(line[(peak + step) % SIDE]) for step in (-1, 0, 1))
    bend = before - 2 * at + after
    offset = (before - after) / (2 * bend) if bend else 0.0
    return (peak + SIDE // 2) % SIDE - SIDE // 2 + offset
