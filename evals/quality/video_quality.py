"""Quality of tracking and detection in videos with known truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from evals.quality.labelled_photos import sheets
from evals.quality.quality_measures import Quality, mean
from evals.scoring.vision_scores import precision_of_boxes
from evals.world.video.film_content import DIRECTIONS
from evals.world.video.films import Film, films
from evals.world.vocabulary import KINDS as SCENE_KINDS
from tools import Box, Boxes, Video
from tools.library.video.detect_in_video import detect_in_video
from tools.library.video.track import ObjectTracker, track
from tools.library.vision.detect import Detector
from tools.signal.video.video_boxes import table_to_boxes

FPS = 8
FRAMES = 16
SIDE = 128
PASTED = ("cup", "person")
SAMPLED_SECONDS = (0.0, 0.5, 1.0, 1.5)


def moving_films(count: int) -> list[Film]:
    """Return films in which an object travels."""
    travelling = (film for film in films("test", 1_000, SIDE) if film.content.motion in DIRECTIONS)
    return list(islice(travelling, count))


def film_video(film: Film) -> Video:
    return Video.of_frames(list(film.pixels), FPS)


def track_objects(model: ObjectTracker) -> Iterator[Quality]:
    """Measure the IoU of tracked boxes; a missing box counts as 0."""
    overlaps: list[float] = []
    for film in moving_films(12):
        targets = film.tracks[-1].boxes
        first = targets[0]
        if first is None:
            continue
        tracked = table_to_boxes(track(model, film_video(film), Box(*first)))
        by_frame = {round(tracked_box.second * FPS): tracked_box.box for tracked_box in tracked}
        for number, target in enumerate(targets):
            if target:
                box = by_frame.get(number)
                overlaps.append(box.iou(Box(*target)) if box else 0.0)
    yield Quality("IoU with what travels", mean(overlaps), len(overlaps))


def detect_in_films(model: Detector) -> Iterator[Quality]:
    for_scenes = set(SCENE_KINDS) <= set(model.labels)
    videos = [_annotate_film(film) for film in moving_films(12)] if for_scenes else _pans(6)
    predictions: list[Boxes] = []
    targets: list[Boxes] = []
    for annotated in videos:
        detections = table_to_boxes(detect_in_video(model, annotated.video))
        for second, boxes in annotated.boxes.items():
            frame_boxes = (detection.box for detection in detections if detection.second == second)
            predictions.append(
                Boxes(tuple(box for box in frame_boxes if for_scenes or box.label in PASTED))
            )
            targets.append(boxes)
    score = precision_of_boxes(predictions, targets)
    where = "films of the sprite world" if for_scenes else "pans over photos of a cup and a person"
    yield Quality(f"AP50 in {where}", score.share, score.cases)


@dataclass(frozen=True)
class AnnotatedVideo:
    """A video with its true boxes at some seconds."""

    video: Video
    boxes: Mapping[float, Boxes]


def _annotate_film(film: Film) -> AnnotatedVideo:
    boxes: dict[float, Boxes] = {}
    for second in SAMPLED_SECONDS:
        visible = [
            (film_track.name, film_track.boxes[round(second * FPS)]) for film_track in film.tracks
        ]
        boxes[second] = Boxes(tuple(Box(*box, label=name) for name, box in visible if box))
    return AnnotatedVideo(film_video(film), boxes)


def _pans(count: int) -> list[AnnotatedVideo]:
    """Return pans over sheets of pasted photos, two pixels a frame."""
    videos: list[AnnotatedVideo] = []
    for sheet in sheets(count):
        padded = np.pad(sheet.image.array(), ((0, 0), (0, 2 * FRAMES), (0, 0)), mode="edge")
        width = sheet.image.width
        frames = [padded[:, 2 * number : 2 * number + width] for number in range(FRAMES)]
        boxes = {
            second: Boxes(tuple(_shifted(box, 2 * round(second * FPS)) for box in sheet.objects))
            for second in SAMPLED_SECONDS
        }
        videos.append(AnnotatedVideo(Video.of_frames(frames, FPS), boxes))
    return videos


def _shifted(box: Box, by: int) -> Box:
    return replace(box, left=max(0, box.left - by), right=box.right - by)
