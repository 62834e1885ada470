"""Print the scores of the small models on held-out combinations of the sprite world.

    python -m evals.bench.bench_small [--scenes 200] [--drawings 200]

The small detector, which was not trained on generated media, judges images and videos; the small
audio classifier judges sounds. A judge's own accuracy on real scenes comes first: it bounds the
scores of generated media.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from evals.scoring.audio_scores import score_classifier, score_describer, score_sound_maker
from evals.scoring.image_scores import SIDE, score_content_test, score_painter
from evals.scoring.video_scores import score_animator, score_film_maker, score_judge
from evals.scoring.vision_scores import (
    Score,
    average_precision,
    held_out_scenes,
    score_answers,
    score_captioner,
    score_detector,
    score_matcher,
    to_image,
)
from evals.user_catalogue import user_catalogue
from tools.library.images.draw import Painter
from tools.library.vision.detect import Detector
from tools.models.card import Card
from tools.models.residency.card_loader import open_model
from tools.sprites.scene_domain import is_scene


class ScoreRow(NamedTuple):
    model: str
    measure: str
    score: Score
    target: float | None


def _detector(card: Card, scenes: int, _: int) -> Iterator[ScoreRow]:
    targets = {"kinds": 0.95, "counts": None, "relations": None}
    for measure, score in score_detector(open_model(card), scenes).items():
        yield ScoreRow(card.id, f"as a judge: {measure}", score, targets[measure])
    low_threshold_detector, test_scenes = open_model(card, score="0.01"), held_out_scenes(scenes)
    detections = [low_threshold_detector.find(to_image(scene)) for scene in test_scenes]
    yield ScoreRow(card.id, "AP50", average_precision(detections, test_scenes), 0.90)


def _captioner(card: Card, scenes: int, _: int) -> Iterator[ScoreRow]:
    model = open_model(card)
    targets = {"objects F1": 0.97, "counts": 0.90, "relations": 0.90}
    for measure, score in score_captioner(model, scenes).items():
        yield ScoreRow(card.id, f"caption: {measure}", score, targets.get(measure))
    for kind, score in score_answers(model, scenes).items():
        yield ScoreRow(card.id, f"question: {kind}", score, 0.90)
    for kind, score in score_answers(model, scenes, "unseen").items():
        yield ScoreRow(card.id, f"question in unseen phrasing: {kind}", score, None)


def _matcher(card: Card, scenes: int, _: int) -> Iterator[ScoreRow]:
    targets = {"object": 0.97}
    for measure, score in score_matcher(open_model(card), scenes).items():
        yield ScoreRow(card.id, measure, score, targets.get(measure, 0.90))


def _painter(card: Card, _: int, drawings: int) -> Iterator[ScoreRow]:
    painter: Painter = open_model(card, side=str(SIDE))
    judge: Detector = open_model(user_catalogue()["detect/sprites"])
    targets = (0.95, 0.75, None, 0.85)
    scores = score_painter(painter, judge, drawings)
    for (measure, score), target in zip(scores.items(), targets, strict=True):
        yield ScoreRow(card.id, measure, score, target)
    for measure, score in score_painter(painter, judge, drawings, "seen").items():
        yield ScoreRow(card.id, f"{measure}, in seen phrasing", score, None)
    for measure, score in score_content_test(open_model(card), is_scene, drawings).items():
        yield ScoreRow(card.id, measure, score, None)


def _listener(card: Card, scenes: int, _: int) -> Iterator[ScoreRow]:
    model = open_model(card)
    for measure, score in score_classifier(model, scenes).items():
        yield ScoreRow(card.id, f"as a judge: {measure}", score, 0.90)
    for measure, score in score_describer(model, scenes).items():
        yield ScoreRow(card.id, f"sentence: {measure}", score, 0.90)


def _sound_maker(card: Card, _: int, drawings: int) -> Iterator[ScoreRow]:
    targets = {"kind": 0.90, "attributes": 0.80}
    maker, judge = open_model(card), open_model(user_catalogue()["classify_sound/sprites"])
    for measure, score in score_sound_maker(maker, judge, drawings).items():
        yield ScoreRow(card.id, measure, score, targets.get(measure))
    for measure, score in score_sound_maker(maker, judge, drawings, "unseen").items():
        yield ScoreRow(card.id, f"{measure}, in unseen phrasing", score, None)


def _film_maker(card: Card, _: int, drawings: int) -> Iterator[ScoreRow]:
    targets = {"object": 0.95, "direction": 0.90}
    maker, judge = open_model(card), open_model(user_catalogue()["detect/sprites"])
    for measure, score in score_judge(judge, drawings).items():
        yield ScoreRow("detect/sprites", f"as a judge of films: {measure}", score, None)
    for measure, score in score_film_maker(maker, judge, drawings).items():
        yield ScoreRow(card.id, measure, score, targets.get(measure))
    for measure, score in score_film_maker(maker, judge, drawings, "unseen").items():
        yield ScoreRow(card.id, f"{measure}, in unseen phrasing", score, None)
    for measure, score in score_animator(maker, judge, drawings).items():
        yield ScoreRow(card.id, f"from a picture: {measure}", score, targets.get(measure))


MEASURES: Mapping[str, Callable[[Card, int, int], Iterator[ScoreRow]]] = {
    "detect/sprites": _detector,
    "caption/sprites": _captioner,
    "classify/sprites": _matcher,
    "draw/sprites": _painter,
    "classify_sound/sprites": _listener,
    "make_sound/sprites": _sound_maker,
    "make_video/sprites": _film_maker,
}
"""Judges first: their accuracy bounds the scores of generated media."""


def main(
    scenes: Annotated[int, typer.Option(min=32, help="Test scenes per model.")] = 200,
    drawings: Annotated[int, typer.Option(min=1, help="Generated samples per model.")] = 100,
) -> None:
    """Print each small model's scores, with target and number of cases."""
    catalogue = user_catalogue()
    table = Table("model", "measure", "score", "bar", "cases", "seconds")
    for model_id, measure in MEASURES.items():
        if model_id not in catalogue:
            table.add_row(model_id, "not in the catalogue")
            continue
        started = time.perf_counter()
        rows = list(measure(catalogue[model_id], scenes, drawings))
        seconds = f"{time.perf_counter() - started:.0f}"
        for row in rows:
            table.add_row(*_cells(row), seconds if row is rows[-1] else "")
    Console().print(table)


def _cells(row: ScoreRow) -> tuple[str, ...]:
    reached = row.target is None or row.score.share >= row.target
    text = f"{row.score.share:.3f}"
    return (
        row.model,
        row.measure,
        text if reached else f"[red]{text}[/red]",
        "" if row.target is None else f"{row.target:.2f}",
        str(row.score.cases),
    )


if __name__ == "__main__":
    typer.run(main)
