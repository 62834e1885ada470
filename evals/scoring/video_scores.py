"""Scores of video generation, judged by an object detector on sampled frames.

The films come from the test split: their motions never occur with these objects in training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from evals.scoring.vision_scores import SEED, Score, share
from evals.world.phrase_templates import Phrasing
from evals.world.video.film_content import DIRECTIONS
from evals.world.video.film_sentences import read_film
from evals.world.video.films import Film, films
from tools import Box, Image, Video
from tools.library.video.animate import Animator
from tools.library.video.make_video import FilmMaker
from tools.library.vision.detect import Detector

SECONDS = 2.0
LOOKS = 8
"""Number of frames of a film that the judge sees."""
SIDE = 64
"""Pixels of a frame's side: the size the judge was trained on."""
LEAST_WAY = 0.06
"""As a share of the frame: an object that moves less stands still. The slowest moves by 0.16."""
LEAST_GROWTH = 1.2


class Sight(NamedTuple):
    """The objects that the judge detects in a film, and their motions."""

    names: frozenset[str]
    """Objects detected in at least half as many frames as the most frequent one."""
    motions: Mapping[str, str]
    """The motion of each object."""


def unmet_films(count: int, seed: int = SEED) -> list[Film]:
    """Return films of combinations held out from training."""
    return list(islice(films("test", seed), count))


def film_of(film: Film) -> Video:
    return Video.of_frames(film.pixels, len(film.pixels) / SECONDS)


def see_film(judge: Detector, film: Video) -> Sight:
    """Detect the objects in a film and classify their motions."""
    pictures = list(film.frames())
    moments = np.linspace(0, len(pictures) - 1, LOOKS).round().astype(int)
    seen = [_boxes(judge, pictures[moment]) for moment in moments]
    most = max(sum(name in boxes for boxes in seen) for name in set().union(*seen) or {""})
    names = frozenset(
        name
        for name in set().union(*seen)
        if sum(name in boxes for boxes in seen) >= max(2, most / 2)
    )
    return Sight(names, {name: _motion([boxes.get(name) for boxes in seen]) for name in names})


def _boxes(judge: Detector, picture: NDArray[np.uint8]) -> dict[str, Box]:
    """Return the most confident box of each class."""
    small = PIL.Image.fromarray(picture).resize((SIDE, SIDE), PIL.Image.Resampling.BOX)
    found: dict[str, Box] = {}
    for box in judge.find(Image(small)):
        found.setdefault(box.label, box)
    return found


def _motion(boxes: Sequence[Box | None]) -> str:
    """Classify a motion from equally spaced boxes; None where nothing was detected."""
    there = [box for box in boxes if box]
    half = len(boxes) // 2
    early, late = sum(map(bool, boxes[:half])), sum(map(bool, boxes[half:]))
    if len(there) <= len(boxes) - 2 and abs(early - late) >= 2:
        return "appearing" if late > early else "vanishing"
    x = np.array([(box.left + box.right) / 2 for box in there]) / SIDE
    y = np.array([(box.top + box.bottom) / 2 for box in there]) / SIDE
    sides = [max(box.right - box.left, box.bottom - box.top) for box in there]
    growth = np.mean(sides[-2:]) / np.mean(sides[:2])
    if not 1 / LEAST_GROWTH < growth < LEAST_GROWTH:
        return "growing" if growth > 1 else "shrinking"
    across, down = float(np.mean(x[-2:]) - np.mean(x[:2])), float(np.mean(y[-2:]) - np.mean(y[:2]))
    if max(abs(across), abs(down)) > LEAST_WAY and _steady(x if abs(across) > abs(down) else y):
        if abs(across) > abs(down):
            return "right" if across > 0 else "left"
        return "down" if down > 0 else "up"
    return "bouncing" if float(np.ptp(y)) > LEAST_WAY else "standing still"


def _steady(way: NDArray[np.floating]) -> bool:
    """Return whether the movement hardly ever reverses."""
    return abs(way[-1] - way[0]) > 0.7 * np.abs(np.diff(way)).sum()


def score_judge(judge: Detector, count: int) -> Mapping[str, Score]:
    """Return the judge's accuracy on the world's true films."""
    return _scores([(film, film.caption) for film in unmet_films(count)], judge, _real)


def _real(film: Film, words: str, seed: int) -> Video:
    return film_of(film)


def score_film_maker(
    model: FilmMaker, judge: Detector, count: int, phrasing: Phrasing = "seen"
) -> Mapping[str, Score]:
    """Score the objects and motions of generated films."""
    asked = [(film, film.speak(0, phrasing)) for film in unmet_films(count)]
    return _scores(asked, judge, lambda film, words, seed: model.film(words, SECONDS, seed))


def score_animator(
    model: Animator, judge: Detector, count: int, phrasing: Phrasing = "seen"
) -> Mapping[str, Score]:
    """Score films animated from the first frame of a true film."""
    asked = [
        (film, film.speak(0, phrasing))
        for film in unmet_films(2 * count)
        if film.content.motion != "appearing"
    ]

    def animated(film: Film, words: str, seed: int) -> Video:
        first = Image(PIL.Image.fromarray(film.pixels[0]))
        return model.animate(first, words, SECONDS, seed)

    return _scores(asked[:count], judge, animated)


def _scores(
    asked: Sequence[tuple[Film, str]],
    judge: Detector,
    made: Callable[[Film, str, int], Video],
) -> Mapping[str, Score]:
    objects, exactly, directions, motions = (list[bool]() for _ in range(4))
    for seed, (film, words) in enumerate(asked):
        claims = read_film(words)
        saw = see_film(judge, made(film, words, seed))
        name = film.content.name
        objects.append(name in saw.names)
        exactly.append(saw.names in (claims.names, claims.names | {film.content.other}))
        right = saw.motions.get(name) == claims.motion
        motions.append(right)
        if claims.motion in DIRECTIONS:
            directions.append(right)
    return {
        "object": share(objects),
        "objects, no others": share(exactly),
        "direction": share(directions),
        "any motion": share(motions),
    }
