"""Scores of captions against a scene's ground truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evals.world.images.scene_claims import normalise_relations, read_sentence
from evals.world.images.scenes import Scene


@dataclass(frozen=True)
class CaptionScore:
    """Correct and incorrect claims of one caption."""

    correct_names: int
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
        return 2 * self.correct_names / (self.named + self.present)


def score_caption(scene: Scene, text: str) -> CaptionScore:
    """Compare a caption with the scene's ground truth."""
    claims = read_sentence(text)
    truth_counts, background = scene.counts, scene.content.background
    true_relations = normalise_relations(frozenset(scene.relations))
    return CaptionScore(
        correct_names=len(truth_counts.keys() & claims.counts.keys()),
        named=len(claims.counts),
        present=len(truth_counts),
        counts_right=dict(claims.counts) == truth_counts,
        relations_right=(
            bool(claims.relations) and claims.relations <= true_relations
            if true_relations
            else None
        ),
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
    all_scores = list(scores)
    related = [score.relations_right for score in all_scores if score.relations_right is not None]
    hits = sum(score.correct_names for score in all_scores)
    total = sum(score.named + score.present for score in all_scores)
    return CaptionReport(
        captions=len(all_scores),
        objects_f1=2 * hits / total if total else 0.0,
        counts=_share([score.counts_right for score in all_scores]),
        relations=_share(related),
        background=_share([score.background_right for score in all_scores]),
    )


def _share(correct: list[bool]) -> float:
    return sum(correct) / len(correct) if correct else 0.0
