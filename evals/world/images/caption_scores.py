"""Scores of captions against a scene's ground truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evals.world.images.scene_claims import plain_relations, read_sentence
from evals.world.images.scenes import Scene


@dataclass(frozen=True)
class CaptionScore:
    """Correct and incorrect claims of one caption."""

    named_rightly: int
    """Number of named kinds that are in the scene."""
    named: int
    present: int
    counts_right: bool
    """Whether it names every object with its correct count, and nothing else."""
    relations_right: bool | None
    """Whether it states relations and all are true; None if the scene has none."""
    background_right: bool

    @property
    def f1(self) -> float:
        """The F1 score of the named kinds."""
        return 2 * self.named_rightly / (self.named + self.present)


def score_caption(scene: Scene, text: str) -> CaptionScore:
    """Compare a caption with the scene's ground truth."""
    claims = read_sentence(text)
    there, background = scene.counts, scene.content.background
    truth = plain_relations(frozenset(scene.relations))
    return CaptionScore(
        named_rightly=len(there.keys() & claims.counts.keys()),
        named=len(claims.counts),
        present=len(there),
        counts_right=dict(claims.counts) == there,
        relations_right=(bool(claims.relations) and claims.relations <= truth if truth else None),
        background_right=claims.background == frozenset(background.words.split(" and ")),
    )


@dataclass(frozen=True)
class CaptionReport:
    """Shares of correct captions, from 0 to 1."""

    captions: int
    objects_f1: float
    counts: float
    relations: float
    background: float


def report_captions(scores: Iterable[CaptionScore]) -> CaptionReport:
    """Aggregate the scores of many captions."""
    every = list(scores)
    related = [score.relations_right for score in every if score.relations_right is not None]
    hits = sum(score.named_rightly for score in every)
    total = sum(score.named + score.present for score in every)
    return CaptionReport(
        captions=len(every),
        objects_f1=2 * hits / total if total else 0.0,
        counts=_share([score.counts_right for score in every]),
        relations=_share(related),
        background=_share([score.background_right for score in every]),
    )


def _share(right: list[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
