"""Quality of tracking and detection in videos with known truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from evals.quality.labelled_photos import sheets
from evals.quality.quality_measures import Quality, box_overlap, mean
from evals.scoring.vision_scores import precision_of_boxes
from evals.world.video.film_content import DIRECTIONS
from evals.world.video.films import Film, films
from evals.world.vocabulary import KINDS as SCENE_KINDS
from tools import Box, Boxes, Video
from tools.library.video.detect_in_video import detect_in_video
from tools.library.video.track import Follower, track
from tools.library.vision.detect import Detector
from tools.signal.video_boxes import table_to_boxes

FPS = 8
FRAMES = 16
SIDE = 128
PASTED = ("cup", "person")
LOOKED_AT = (0.0, 0.5, 1.0, 1.5)


def moving_films(count: int) -> list[Film]:
    """Return films in which an object travels."""
    shown = (film for film in films("test", 1_000, SIDE) if film.content.motion in DIRECTIONS)
    return list(islice(shown, count))


def video_of(film: Film) -> Video:
    return Video.of_frames(list(film.pixels), FPS)


def follow(model: Follower) -> Iterator[Quality]:
    """Measure the IoU of tracked boxes; a missing box counts as 0."""
    shared: list[float] = []
    for film in moving_films(12):
        true = film.tracks[-1].boxes
        first = true[0]
        if first is None:
            continue
        found = table_to_boxes(track(model, video_of(film), Box(*first)))
        by_frame = {round(at.second * FPS): at.box for at in found}
        for number, place in enumerate(true):
            if place:
                box = by_frame.get(number)
                shared.append(box_overlap(box, Box(*place)) if box else 0.0)
    yield Quality("IoU with what travels", mean(shared), len(shared))


def find_in_films(model: Detector) -> Iterator[Quality]:
    for_scenes = set(SCENE_KINDS) <= set(model.labels)
    shown = [_of_scene(film) for film in moving_films(12)] if for_scenes else _pans(6)
    found: list[Boxes] = []
    true: list[Boxes] = []
    for told in shown:
        at = table_to_boxes(detect_in_video(model, told.video))
        for second, boxes in told.boxes.items():
            seen = (each.box for each in at if each.second == second)
            found.append(Boxes(tuple(box for box in seen if for_scenes or box.label in PASTED)))
            true.append(boxes)
    score = precision_of_boxes(found, true)
    where = "films of the sprite world" if for_scenes else "pans over photos of a cup and a person"
    yield Quality(f"AP50 in {where}", score.share, score.cases)


@dataclass(frozen=True)
class Told:
    """A video with its true boxes at some seconds."""

    video: Video
    boxes: Mapping[float, Boxes]


def _of_scene(film: Film) -> Told:
    boxes: dict[float, Boxes] = {}
    for second in LOOKED_AT:
        there = [(one.name, one.boxes[round(second * FPS)]) for one in film.tracks]
        boxes[second] = Boxes(tuple(Box(*box, label=name) for name, box in there if box))
    return Told(video_of(film), boxes)


def _pans(count: int) -> list[Told]:
    """Return pans over sheets of pasted photos, two pixels a frame."""
    told: list[Told] = []
    for sheet in sheets(count):
        wide = np.pad(sheet.image.array(), ((0, 0), (0, 2 * FRAMES), (0, 0)), mode="edge")
        width = sheet.image.width
        pictures = [wide[:, 2 * number : 2 * number + width] for number in range(FRAMES)]
        boxes = {
            second: Boxes(tuple(_shifted(box, 2 * round(second * FPS)) for box in sheet.things))
            for second in LOOKED_AT
        }
        told.append(Told(Video.of_frames(pictures, FPS), boxes))
    return told


def _shifted(box: Box, by: int) -> Box:
    return replace(box, left=max(0, box.left - by), right=box.right - by)
