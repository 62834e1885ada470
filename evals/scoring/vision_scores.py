"""Scores of vision models on synthetic scenes: detection, captioning, question answering, matching.

Every score comes with its number of cases. The scenes come from the test split: their counts,
relations and backgrounds never occur with these objects in training.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import PIL.Image

from evals.world.images.caption_scores import report_captions, score_caption
from evals.world.images.drawing_scores import score_drawing
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scene_questions import QUESTION_KINDS
from evals.world.images.scenes import Scene, scenes
from evals.world.phrase_templates import Phrasing
from evals.world.vocabulary import KINDS, with_article
from tools import Box, Boxes, Image
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner
from tools.library.vision.classify import Matcher
from tools.library.vision.detect import Detector

SEED = 1_000
"""The seed of the scored scenes."""
CHOICES = 32
"""Number of sentences from which a matcher selects one."""


class Score(NamedTuple):
    """A share of correct answers and its number of cases."""

    share: float
    cases: int


def unmet_scenes(count: int, seed: int = SEED) -> list[Scene]:
    """Return scenes of combinations held out from training."""
    return list(islice(scenes("test", seed), count))


def share(right: Iterable[bool]) -> Score:
    """Return the score of these answers; 0 if there are none."""
    answers = list(right)
    return Score(sum(answers) / len(answers) if answers else 0.0, len(answers))


def picture_of(scene: Scene) -> Image:
    return Image(PIL.Image.fromarray(scene.pixels))


def average_precision(found: Sequence[Boxes], shown: Sequence[Scene]) -> Score:
    """Return AP50 (IoU ≥ .5) over all classes in the scenes."""
    true = [
        Boxes(tuple(Box(*thing.box, label=thing.name) for thing in scene.things)) for scene in shown
    ]
    return precision_of_boxes(found, true)


def precision_of_boxes(found: Sequence[Boxes], true: Sequence[Boxes]) -> Score:
    """Return AP50 over the target classes; predictions and targets go by image."""
    from faster_coco_eval import COCO, COCOeval_faster

    kinds = sorted({box.label for boxes in true for box in boxes})
    numbers = {name: number for number, name in enumerate(kinds, start=1)}
    truth = [
        (place, numbers[box.label], _corner_and_size(box))
        for place, boxes in enumerate(true, start=1)
        for box in boxes
    ]
    boxes = [
        (place, box)
        for place, each in enumerate(found, start=1)
        for box in each
        if box.label in numbers
    ]
    if not boxes:
        return Score(0.0, len(truth))
    told = COCO(
        {
            "images": [{"id": place} for place in range(1, len(true) + 1)],
            "categories": [{"id": number, "name": name} for name, number in numbers.items()],
            "annotations": [
                {
                    "id": number,
                    "image_id": place,
                    "category_id": kind,
                    "bbox": corners,
                    "area": corners[2] * corners[3],
                    "iscrowd": 0,
                }
                for number, (place, kind, corners) in enumerate(truth, start=1)
            ],
        }
    )
    claims = told.loadRes(
        [
            {
                "image_id": place,
                "category_id": numbers[box.label],
                "bbox": _corner_and_size(box),
                "score": box.score,
            }
            for place, box in boxes
        ]
    )
    evaluation = COCOeval_faster(told, claims, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return Score(float(evaluation.stats[1]), len(truth))


def _corner_and_size(box: Box) -> list[float]:
    corners = (box.left, box.top, box.right - box.left, box.bottom - box.top)
    return [float(each) for each in corners]


def score_detector(model: Detector, count: int) -> Mapping[str, Score]:
    """Score the classes, counts and relations of the detected boxes."""
    sights = [
        score_drawing(read_sentence(scene.caption), model.find(picture_of(scene)))
        for scene in unmet_scenes(count)
    ]
    return {
        "kinds": share(sight.things for sight in sights),
        "counts": share(sight.counts for sight in sights),
        "relations": share(s.relations for s in sights if s.relations is not None),
    }


def score_captioner(model: Captioner, count: int) -> Mapping[str, Score]:
    """Return the F1 of objects, and otherwise shares of correct captions."""
    report = report_captions(
        score_caption(scene, model.caption(picture_of(scene))) for scene in unmet_scenes(count)
    )
    related = sum(bool(scene.relations) for scene in unmet_scenes(count))
    return {
        "objects F1": Score(report.objects_f1, report.captions),
        "counts": Score(report.counts, report.captions),
        "relations": Score(report.relations, related),
        "background": Score(report.background, report.captions),
    }


def score_answers(model: Answerer, count: int, phrasing: Phrasing = "seen") -> Mapping[str, Score]:
    """Return the accuracy by kind of question."""
    right: dict[str, list[bool]] = {kind: [] for kind in QUESTION_KINDS}
    for scene in unmet_scenes(count):
        image = picture_of(scene)
        for question in scene.ask(phrasing):
            answer = model.answer(image, question.text)
            right[question.kind].append(answer.casefold() == question.answer)
    return {kind: share(answers) for kind, answers in right.items()}


def score_matcher(model: Matcher, count: int) -> Mapping[str, Score]:
    """Score matching images to object names and to one of SENTENCE_CHOICES sentences."""
    shown = unmet_scenes(count * 4)
    single = [scene for scene in shown if scene.content.kind == "single"][:count]
    names = list(KINDS)
    fits = model.fit([picture_of(scene) for scene in single], [with_article(n) for n in names])
    named = [
        names[int(row.argmax())] == scene.content.groups[0].name
        for row, scene in zip(fits, single, strict=True)
    ]
    return {
        "object": share(named),
        f"sentence of {CHOICES}": _sentences(model, shown[:count], "seen"),
        f"sentence of {CHOICES}, unseen phrasing": _sentences(model, shown[:count], "unseen"),
    }


def _sentences(model: Matcher, shown: Sequence[Scene], phrasing: Phrasing) -> Score:
    right: list[bool] = []
    for start in range(0, len(shown) - CHOICES + 1, CHOICES):
        group = shown[start : start + CHOICES]
        fits = model.fit(
            [picture_of(scene) for scene in group], [s.speak(0, phrasing) for s in group]
        )
        right += [int(row.argmax()) == place for place, row in enumerate(fits)]
    return share(right)
