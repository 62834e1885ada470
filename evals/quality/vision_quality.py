"""Quality of the vision tools on scenes, pages and annotated photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter
import PIL.ImageFont
import PIL.ImageOps
from numpy.typing import NDArray

from evals.quality.labelled_photos import IMAGENET_CLASSES, JOINTS, photos, sheets
from evals.quality.quality_measures import Quality, mask_iou, mean
from evals.scoring.vision_scores import (
    SENTENCE_CHOICES,
    average_precision,
    held_out_scenes,
    precision_of_boxes,
    score_answers,
    score_captioner,
    score_matcher,
    to_image,
)
from evals.world.images.scenes import Scene, make_scene
from evals.world.vocabulary import KINDS as SCENE_KINDS
from tools import Box, Boxes, Image, Points
from tools.library.text.read_table import read_table
from tools.library.text.read_text import TextReader, read_text
from tools.library.vision import pose as posing
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner
from tools.library.vision.classify import Matcher
from tools.library.vision.compare import Comparer
from tools.library.vision.detect import Detector
from tools.library.vision.edges import EdgeFinder
from tools.library.vision.faces import FaceFinder
from tools.library.vision.pose import PoseFinder
from tools.library.vision.recognise import Recogniser
from tools.library.vision.search_images import search_images
from tools.library.vision.segment import Segmenter

LARGE_SIDE = 256
"""Pixels of a scene's side where outlines are measured."""

TEXTS = (
    "The library is closed on Mondays.",
    "Platform 9: trains to Aberdeen, 14:25",
    "Fragile! Keep this side up",
    "Please ring the bell and wait.",
)


def large_scenes(count: int) -> list[Scene]:
    """Return scenes of LARGE pixels a side."""
    return [make_scene("test", 2_000, number, LARGE_SIDE) for number in range(count)]


def detect(model: Detector) -> Iterator[Quality]:
    if set(SCENE_KINDS) <= set(model.labels):
        scenes = held_out_scenes(60)
        score = average_precision([model.find(to_image(scene)) for scene in scenes], scenes)
        yield Quality("AP50 on scenes", score.share, score.cases)
        return
    pasted = list(sheets(24))
    labels = {box.label for sheet in pasted for box in sheet.objects}
    predictions = [
        Boxes(tuple(box for box in model.find(sheet.image) if box.label in labels))
        for sheet in pasted
    ]
    score = precision_of_boxes(predictions, [sheet.objects for sheet in pasted])
    yield Quality("AP50 on pasted photos of a cup and a person", score.share, score.cases)


def segment(model: Segmenter) -> Iterator[Quality]:
    by_box: list[float] = []
    by_point: list[float] = []
    for scene in large_scenes(5):
        boxes = [Box(*thing.box) for thing in scene.things][:6]
        visible = [mask for mask in scene.masks[: len(boxes)] if mask.any()]
        points = [Points((_centre_pixel(mask),)) for mask in visible]
        masks = model.outline(to_image(scene), [*boxes, *points])
        by_box += [mask_iou(a, b) for a, b in zip(masks, scene.masks[: len(boxes)], strict=False)]
        by_point += [mask_iou(a, b) for a, b in zip(masks[len(boxes) :], visible, strict=True)]
    yield Quality("IoU from a box", mean(by_box), len(by_box))
    yield Quality("IoU from a point", mean(by_point), len(by_point))


def _centre_pixel(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the pixel of a mask that is nearest to its centroid."""
    rows, columns = mask.nonzero()
    nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    return float(columns[nearest]), float(rows[nearest])


def edges(model: EdgeFinder) -> Iterator[Quality]:
    """Measure the best F-score over thresholds, with two pixels of tolerance."""
    scores: list[float] = []
    for scene in large_scenes(6):
        outlines = PIL.Image.fromarray((_outlines(scene) * 255).astype(np.uint8))
        prediction = model.edges(to_image(scene)).opaque().convert("L")
        tolerant_truth = np.asarray(outlines.filter(PIL.ImageFilter.MaxFilter(5))) > 0
        truth = np.asarray(outlines) > 0
        best = 0.0
        for threshold in range(32, 256, 32):
            thresholded = prediction.point([255 * (grey >= threshold) for grey in range(256)])
            hit = np.asarray(thresholded) > 0
            tolerant_hit = np.asarray(thresholded.filter(PIL.ImageFilter.MaxFilter(5))) > 0
            precision = (hit & tolerant_truth).sum() / max(hit.sum(), 1)
            recall = (tolerant_hit & truth).sum() / max(truth.sum(), 1)
            best = max(best, float(2 * precision * recall / max(precision + recall, 1e-9)))
        scores.append(best)
    yield Quality("F of outlines", mean(scores), len(scores))


def _outlines(scene: Scene) -> NDArray[np.bool_]:
    """Return the mask of pixels at the visible outlines of things."""
    owners = np.zeros(scene.masks.shape[1:], np.int16)
    for number, mask in enumerate(scene.masks, start=1):
        owners[mask] = number
    lines = np.zeros(owners.shape, np.bool_)
    lines[:-1] |= owners[:-1] != owners[1:]
    lines[:, :-1] |= owners[:, :-1] != owners[:, 1:]
    return lines


def caption(model: Captioner) -> Iterator[Quality]:
    for measure, score in score_captioner(model, 24).items():
        if measure != "background":
            yield Quality(f"{measure} on scenes", score.share, score.cases)


def ask_image(model: Answerer) -> Iterator[Quality]:
    answers = score_answers(model, 8).values()
    correct = sum(score.share * score.cases for score in answers)
    cases = sum(score.cases for score in answers)
    yield Quality("right answers on scenes", correct / cases, cases)


def classify(model: Matcher) -> Iterator[Quality]:
    scores = score_matcher(model, 32)
    score = scores["object"]
    yield Quality("right object on scenes", score.share, score.cases)
    score = scores[f"sentence of {SENTENCE_CHOICES}"]
    yield Quality(f"right sentence of {SENTENCE_CHOICES}", score.share, score.cases)


def search_by_text(model: Matcher) -> Iterator[Quality]:
    scenes = held_out_scenes(48)
    images = [to_image(scene) for scene in scenes]
    correct = [
        search_images(model, images, scene.speak(1))[0] is image
        for scene, image in zip(scenes, images, strict=True)
    ]
    yield Quality(f"right scene of {len(scenes)} first", mean([*map(float, correct)]), len(correct))


def find_similar(model: Comparer) -> Iterator[Quality]:
    """Measure whether an image's altered copy retrieves it from a gallery."""
    gallery = [*photos().values(), *map(to_image, large_scenes(10))]
    vectors = model.vectors(gallery)
    changes = {
        "mirrored": PIL.ImageOps.mirror,
        "the middle of it": _crop_centre,
        "grey and half as large": _fade,
    }
    for name, change in changes.items():
        queries = model.vectors([image.map(change) for image in gallery])
        correct = (queries @ vectors.T).argmax(axis=1) == np.arange(len(gallery))
        yield Quality(f"found from it {name}", float(correct.mean()), len(gallery))


def _crop_centre(pixels: PIL.Image.Image) -> PIL.Image.Image:
    wide, high = pixels.width // 5, pixels.height // 5
    return pixels.crop((wide, high, pixels.width - wide, pixels.height - high))


def _fade(pixels: PIL.Image.Image) -> PIL.Image.Image:
    return pixels.convert("L").resize((pixels.width // 2, pixels.height // 2))


def recognise(model: Recogniser) -> Iterator[Quality]:
    correct: list[float] = []
    for name, kind in IMAGENET_CLASSES.items():
        if photo := photos().get(name):
            variants = [photo, photo.map(PIL.ImageOps.mirror), photo.map(_crop_centre)]
            correct += [float(model.predictions(image)[0].name == kind) for image in variants]
    yield Quality("right name of a photo", mean(correct), len(correct))


def faces(model: FaceFinder) -> Iterator[Quality]:
    pasted = list(sheets(24))
    predictions = [model.faces(sheet.image) for sheet in pasted]
    hits = [
        any(face.iou(box) >= 0.4 for box in boxes)
        for sheet, boxes in zip(pasted, predictions, strict=True)
        for face in sheet.faces
    ]
    yield Quality("faces found on pasted photos", mean([*map(float, hits)]), len(hits))
    precise = [
        any(face.iou(box) >= 0.4 for face in sheet.faces)
        for sheet, boxes in zip(pasted, predictions, strict=True)
        for box in boxes
    ]
    yield Quality("of what was found, faces", mean([*map(float, precise)]), len(precise))


def pose(model: PoseFinder) -> Iterator[Quality]:
    """Measure joints of the portrait with a tolerance of height / 20."""
    portrait = photos()["portrait"]
    tolerance = portrait.height / 20
    hits: list[float] = []
    for mirrored in (False, True):
        image = portrait.map(PIL.ImageOps.mirror) if mirrored else portrait
        people = model.poses(image)
        for name, (x, y) in JOINTS.items():
            joint = _other_side(name) if mirrored else name
            joint_position = people and people[0].joints[posing.JOINTS.index(joint)]
            expected_x = portrait.width - x if mirrored else x
            hits.append(
                float(
                    bool(joint_position)
                    and np.hypot(joint_position[0] - expected_x, joint_position[1] - y) <= tolerance
                )
            )
    yield Quality("joints found of one portrait", mean(hits), len(hits))


def _other_side(joint: str) -> str:
    sides: Mapping[str, str] = {"left": "right", "right": "left"}
    side, _, rest = joint.partition(" ")
    return f"{sides[side]} {rest}" if side in sides else joint


def read_words(model: TextReader) -> Iterator[Quality]:
    import jiwer

    for size in (14, 24, 48):
        texts = [read_text(model, page_of(text, size)) for text in TEXTS]
        yield Quality(f"CER at {size} pixels", float(jiwer.cer(list(TEXTS), texts)), len(TEXTS))
    tilted = [page_of(text, 32, tilt=4, ink="#8a8a8a") for text in TEXTS]
    texts = [read_text(model, page) for page in tilted]
    yield Quality("CER tilted and pale", float(jiwer.cer(list(TEXTS), texts)), len(TEXTS))


def page_of(text: str, size: int, tilt: float = 0, ink: str = "black") -> Image:
    """Render a page with the text at a font size in pixels."""
    font = PIL.ImageFont.load_default(size)
    width = round(font.getlength(text)) + 4 * size
    page = PIL.Image.new("RGB", (width, 5 * size), "white")
    PIL.ImageDraw.Draw(page).text((2 * size, 2 * size), text, fill=ink, font=font)
    bicubic = PIL.Image.Resampling.BICUBIC
    return Image(page.rotate(tilt, bicubic, expand=True, fillcolor="white") if tilt else page)


TABLES = (
    "item number price / tea 2 5.00 / soup 1 6.50 / bread 4 2.20",
    "city people / Lyon 522,000 / Porto 231,800 / Bergen 291,940",
    "name born town / Ada 1815 London / Grace 1906 Arlington",
)


def read_cells(model: TextReader) -> Iterator[Quality]:
    correct: list[float] = []
    for text in TABLES:
        table = [line.split() for line in text.split(" / ")]
        result = read_table(model, _table_page(table))
        for cells, row in zip_longest((result.columns, *result.rows), table, fillvalue=()):
            correct += [float(a == b) for a, b in zip_longest(cells, row) if b]
    yield Quality("cells read rightly", mean(correct), len(correct))


def _table_page(table: Sequence[Sequence[str]]) -> Image:
    font = PIL.ImageFont.load_default(24)
    page = PIL.Image.new("RGB", (200 * len(table[0]) + 40, 50 * len(table) + 40), "white")
    pen = PIL.ImageDraw.Draw(page)
    for y, row in enumerate(table):
        for x, cell in enumerate(row):
            pen.text((30 + 200 * x, 30 + 50 * y), cell, fill="black", font=font)
    return Image(page)
