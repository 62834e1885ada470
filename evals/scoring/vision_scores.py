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
SENTENCE_CHOICES = 32
"""Number of sentences from which a matcher selects one."""


class Score(NamedTuple):
    """A share of correct answers and its number of cases."""

    share: float
    cases: int


def held_out_scenes(count: int, seed: int = SEED) -> list[Scene]:
    """Return scenes of combinations held out from training."""
    return list(islice(scenes("test", seed), count))


def share(outcomes: Iterable[bool]) -> Score:
    """Return the score of these answers; 0 if there are none."""
    answers = list(outcomes)
    return Score(sum(answers) / len(answers) if answers else 0.0, len(answers))


def to_image(scene: Scene) -> Image:
    return Image(PIL.Image.fromarray(scene.pixels))


def average_precision(predictions: Sequence[Boxes], true_scenes: Sequence[Scene]) -> Score:
    """Return AP50 (IoU ≥ .5) over all classes in the scenes."""
    targets = [
        Boxes(tuple(Box(*thing.box, label=thing.name) for thing in scene.things))
        for scene in true_scenes
    ]
    return precision_of_boxes(predictions, targets)


def precision_of_boxes(predictions: Sequence[Boxes], targets: Sequence[Boxes]) -> Score:
    """Return AP50 over the target classes; predictions and targets go by image."""
    from faster_coco_eval import COCO, COCOeval_faster

    labels = sorted({box.label for boxes in targets for box in boxes})
    category_ids = {name: number for number, name in enumerate(labels, start=1)}
    truth = [
        (image_id, category_ids[box.label], _xywh(box))
        for image_id, boxes in enumerate(targets, start=1)
        for box in boxes
    ]
    boxes = [
        (place, box)
        for place, image_boxes in enumerate(predictions, start=1)
        for box in image_boxes
        if box.label in category_ids
    ]
    if not boxes:
        return Score(0.0, len(truth))
    coco = COCO(
        {
            "images": [{"id": place} for place in range(1, len(targets) + 1)],
            "categories": [{"id": number, "name": name} for name, number in category_ids.items()],
            "annotations": [
                {
                    "id": number,
                    "image_id": place,
                    "category_id": category_id,
                    "bbox": corners,
                    "area": corners[2] * corners[3],
                    "iscrowd": 0,
                }
                for number, (place, category_id, corners) in enumerate(truth, start=1)
            ],
        }
    )
    coco_predictions = coco.loadRes(
        [
            {
                "image_id": place,
                "category_id": category_ids[box.label],
                "bbox": _xywh(box),
                "score": box.score,
            }
            for place, box in boxes
        ]
    )
    evaluation = COCOeval_faster(coco, coco_predictions, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return Score(float(evaluation.stats[1]), len(truth))


def _xywh(box: Box) -> list[float]:
    corners = (box.left, box.top, box.right - box.left, box.bottom - box.top)
    return [float(value) for value in corners]


def score_detector(model: Detector, count: int) -> Mapping[str, Score]:
    """Score the classes, counts and relations of the detected boxes."""
    scores = [
        score_drawing(read_sentence(scene.caption), model.find(to_image(scene)))
        for scene in held_out_scenes(count)
    ]
    return {
        "kinds": share(score.things for score in scores),
        "counts": share(sight.counts for sight in scores),
        "relations": share(s.relations for s in scores if s.relations is not None),
    }


def score_captioner(model: Captioner, count: int) -> Mapping[str, Score]:
    """Return the F1 of objects, and otherwise shares of correct captions."""
    report = report_captions(
        score_caption(scene, model.caption(to_image(scene))) for scene in held_out_scenes(count)
    )
    related = sum(bool(scene.relations) for scene in held_out_scenes(count))
    return {
        "objects F1": Score(report.objects_f1, report.captions),
        "counts": Score(report.counts, report.captions),
        "relations": Score(report.relations, related),
        "background": Score(report.background, report.captions),
    }


def score_answers(model: Answerer, count: int, phrasing: Phrasing = "seen") -> Mapping[str, Score]:
    """Return the accuracy by kind of question."""
    correct: dict[str, list[bool]] = {kind: [] for kind in QUESTION_KINDS}
    for scene in held_out_scenes(count):
        image = to_image(scene)
        for question in scene.ask(phrasing):
            answer = model.answer(image, question.text)
            correct[question.kind].append(answer.casefold() == question.answer)
    return {kind: share(answers) for kind, answers in correct.items()}


def score_matcher(model: Matcher, count: int) -> Mapping[str, Score]:
    """Score matching images to object names and to one of SENTENCE_CHOICES sentences."""
    sample_scenes = held_out_scenes(count * 4)
    single = [scene for scene in sample_scenes if scene.content.kind == "single"][:count]
    names = list(KINDS)
    similarity = model.similarities(
        [to_image(scene) for scene in single], [with_article(n) for n in names]
    )
    hits = [
        names[int(row.argmax())] == scene.content.groups[0].name
        for row, scene in zip(similarity, single, strict=True)
    ]
    return {
        "object": share(hits),
        f"sentence of {SENTENCE_CHOICES}": _score_sentences(model, sample_scenes[:count], "seen"),
        f"sentence of {SENTENCE_CHOICES}, unseen phrasing": _score_sentences(
            model, sample_scenes[:count], "unseen"
        ),
    }


def _score_sentences(model: Matcher, sample_scenes: Sequence[Scene], phrasing: Phrasing) -> Score:
    correct: list[bool] = []
    for start in range(0, len(sample_scenes) - SENTENCE_CHOICES + 1, SENTENCE_CHOICES):
        group = sample_scenes[start : start + SENTENCE_CHOICES]
        similarity = model.similarities(
            [to_image(scene) for scene in group], [s.speak(0, phrasing) for s in group]
        )
        correct += [int(row.argmax()) == index for index, row in enumerate(similarity)]
    return share(correct)
