"""Short films of moving objects with exact ground truth.

>>> film = make_film("train", seed=0, number=2)
>>> film.pixels.shape, film.caption
((16, 64, 64, 3), 'a chair moving down on a blue background')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from evals.world.images.backgrounds import paint
from evals.world.images.scene_content import Background
from evals.world.images.scene_layout import UNITS
from evals.world.images.scenes import scale_for
from evals.world.phrase_templates import Phrasing
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Split, split_number
from evals.world.video.film_content import FilmContent, draw_film
from evals.world.video.film_sentences import plain_film, speak_of_film
from evals.world.video.motion import FRAMES, SpritePose, place_sprite, poses_of

SENTENCES = 5
"""Number of sentences for each film."""

_FILMS, _PIXELS, _MOTION, _SENTENCES = 202, 1, 2, 3

PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class Track:
    """An object's boxes, frame by frame."""

    name: str
    boxes: tuple[PixelBox | None, ...]
    """Left, top, right, bottom in pixels; None while the object is absent."""


@dataclass(frozen=True)
class Film:
    """A film and its ground truth."""

    key: tuple[int, ...]
    size: int
    content: FilmContent

    @cached_property
    def poses(self) -> tuple[tuple[str, tuple[SpritePose | None, ...]], ...]:
        """Each object's name and its pose in each frame, back to front."""
        return poses_of(self.content, SeededRandom(*self.key, _MOTION))

    @cached_property
    def tracks(self) -> tuple[Track, ...]:
        """The track of each object, back to front."""
        scale = self.size // UNITS
        return tuple(
            Track(name, tuple(pose and _box(name, pose, scale) for pose in poses))
            for name, poses in self.poses
        )

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The frames: (FRAMES, size, size, 3)."""
        scale = self.size // UNITS
        background = paint(
            Background(self.content.background), "clear", self.size, SeededRandom(_PIXELS)
        )
        frames = np.repeat(background[None], FRAMES, axis=0)
        for name, poses in self.poses:
            for frame, pose in zip(frames, poses, strict=True):
                if pose:
                    shape, left, top = place_sprite(name, pose, scale)
                    shape.paste(frame, left, top)
        return frames

    @property
    def caption(self) -> str:
        """The canonical caption: all that is true, always phrased alike."""
        return plain_film(self.content)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Several phrasings, some of them requests to film it."""
        return tuple(self.speak(number) for number in range(SENTENCES))

    def speak(self, number: int = 0, phrasing: Phrasing = "seen") -> str:
        """Return another sentence; "unseen" phrasings are held out from training."""
        return speak_of_film(self.content, phrasing, SeededRandom(*self.key, _SENTENCES, number))


def _box(name: str, pose: SpritePose, scale: int) -> PixelBox:
    shape, left, top = place_sprite(name, pose, scale)
    near, upper, far, lower = shape.bounds
    return (left + near, top + upper, left + far, top + lower)


def make_film(split: Split, seed: int, number: int, size: int = 64) -> Film:
    """Create a film; the same arguments always return the same one."""
    scale_for(size)
    key = (_FILMS, split_number(split), seed, number)
    return Film(key, size, draw_film(split, SeededRandom(*key)))


def films(split: Split, seed: int, size: int = 64, first: int = 0) -> Iterator[Film]:
    """Yield films without end."""
    return (make_film(split, seed, number, size) for number in count(first))


@dataclass(frozen=True)
class FilmBatch:
    """Many films, their frames in one array."""

    films: tuple[Film, ...]
    pixels: NDArray[np.uint8]
    """(films, FRAMES, size, size, 3)."""
    sentences: tuple[str, ...]
    """One for each film."""


def film_batch(split: Split, seed: int, first: int, count: int, size: int = 64) -> FilmBatch:
    """Return a training batch of the films numbered from `first`."""
    batch = tuple(make_film(split, seed, first + number, size) for number in range(count))
    pixels = np.stack([film.pixels for film in batch])
    return FilmBatch(batch, pixels, tuple(film.speak() for film in batch))
