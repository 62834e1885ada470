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
from tools.library.video.make_video import VideoMaker
from tools.library.vision.detect import Detector

SECONDS = 2.0
SAMPLED_FRAMES = 8
"""Number of frames of a film that the judge sees."""
SIDE = 64
"""Pixels of a frame's side: the size the judge was trained on."""
MIN_TRAVEL = 0.06
"""As a share of the frame: an object that moves less stands still. The slowest moves by 0.16."""
MIN_GROWTH = 1.2


class FilmObservation(NamedTuple):
    """The objects that the judge detects in a film, and their motions."""

    names: frozenset[str]
    """Objects detected in at least half as many frames as the most frequent one."""
    motions: Mapping[str, str]
    """The motion of each object."""


def held_out_films(count: int, seed: int = SEED) -> list[Film]:
    """Return films of combinations held out from training."""
    return list(islice(films("test", seed), count))


def to_video(film: Film) -> Video:
    return Video.of_frames(film.pixels, len(film.pixels) / SECONDS)


def observe_film(judge: Detector, film: Video) -> FilmObservation:
    """Detect the objects in a film and classify their motions."""
    frames = list(film.frames())
    indices = np.linspace(0, len(frames) - 1, SAMPLED_FRAMES).round().astype(int)
    boxes_by_frame = [_boxes(judge, frames[index]) for index in indices]
    max_frames = max(
        sum(name in boxes for boxes in boxes_by_frame)
        for name in set().union(*boxes_by_frame) or {""}
    )
    names = frozenset(
        name
        for name in set().union(*boxes_by_frame)
        if sum(name in boxes for boxes in boxes_by_frame) >= max(2, max_frames / 2)
    )
    return FilmObservation(
        names,
        {name: _classify_motion([boxes.get(name) for boxes in boxes_by_frame]) for name in names},
    )


def _boxes(judge: Detector, frame: NDArray[np.uint8]) -> dict[str, Box]:
    """Return the most confident box of each class."""
    resized = PIL.Image.fromarray(frame).resize((SIDE, SIDE), PIL.Image.Resampling.BOX)
    best: dict[str, Box] = {}
    for box in judge.find(Image(resized)):
        best.setdefault(box.label, box)
    return best


def _classify_motion(boxes: Sequence[Box | None]) -> str:
    """Classify a motion from equally spaced boxes; None where nothing was detected."""
    visible = [box for box in boxes if box]
    half = len(boxes) // 2
    early, late = sum(map(bool, boxes[:half])), sum(map(bool, boxes[half:]))
    if len(visible) <= len(boxes) - 2 and abs(early - late) >= 2:
        return "appearing" if late > early else "vanishing"
    x = np.array([(box.left + box.right) / 2 for box in visible]) / SIDE
    y = np.array([(box.top + box.bottom) / 2 for box in visible]) / SIDE
    sides = [max(box.right - box.left, box.bottom - box.top) for box in visible]
    growth = np.mean(sides[-2:]) / np.mean(sides[:2])
    if not 1 / MIN_GROWTH < growth < MIN_GROWTH:
        return "growing" if growth > 1 else "shrinking"
    dx, dy = float(np.mean(x[-2:]) - np.mean(x[:2])), float(np.mean(y[-2:]) - np.mean(y[:2]))
    if max(abs(dx), abs(dy)) > MIN_TRAVEL and _is_steady(x if abs(dx) > abs(dy) else y):
        if abs(dx) > abs(dy):
            return "right" if dx > 0 else "left"
        return "down" if dy > 0 else "up"
    return "bouncing" if float(np.ptp(y)) > MIN_TRAVEL else "standing still"


def _is_steady(positions: NDArray[np.floating]) -> bool:
    """Return whether the movement hardly ever reverses."""
    return abs(positions[-1] - positions[0]) > 0.7 * np.abs(np.diff(positions)).sum()


def score_judge(judge: Detector, count: int) -> Mapping[str, Score]:
    """Return the judge's accuracy on the world's true films."""
    return _scores([(film, film.caption) for film in held_out_films(count)], judge, _true_video)


def _true_video(film: Film, request: str, seed: int) -> Video:
    return to_video(film)


def score_film_maker(
    model: VideoMaker, judge: Detector, count: int, phrasing: Phrasing = "seen"
) -> Mapping[str, Score]:
    """Score the objects and motions of generated films."""
    requests = [(film, film.speak(0, phrasing)) for film in held_out_films(count)]
    return _scores(
        requests, judge, lambda film, request, seed: model.generate_video(request, SECONDS, seed)
    )


def score_animator(
    model: Animator, judge: Detector, count: int, phrasing: Phrasing = "seen"
) -> Mapping[str, Score]:
    """Score films animated from the first frame of a true film."""
    requests = [
        (film, film.speak(0, phrasing))
        for film in held_out_films(2 * count)
        if film.content.motion != "appearing"
    ]

    def animate(film: Film, request: str, seed: int) -> Video:
        first = Image(PIL.Image.fromarray(film.pixels[0]))
        return model.animate(first, request, SECONDS, seed)

    return _scores(requests[:count], judge, animate)


def _scores(
    requests: Sequence[tuple[Film, str]],
    judge: Detector,
    make_video: Callable[[Film, str, int], Video],
) -> Mapping[str, Score]:
    objects, exact, directions, motions = (list[bool]() for _ in range(4))
    for seed, (film, request) in enumerate(requests):
        claims = read_film(request)
        observation = observe_film(judge, make_video(film, request, seed))
        name = film.content.name
        objects.append(name in observation.names)
        exact.append(observation.names in (claims.names, claims.names | {film.content.other}))
        is_correct = observation.motions.get(name) == claims.motion
        motions.append(is_correct)
        if claims.motion in DIRECTIONS:
            directions.append(is_correct)
    return {
        "object": share(objects),
        "objects, no others": share(exact),
        "direction": share(directions),
        "any motion": share(motions),
    }
