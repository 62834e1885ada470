"""How well words fit a scene whose truth is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evals.world.images.scene_claims import plain_relations, read_sentence
from evals.world.images.scenes import Scene


@dataclass(frozen=True)
class CaptionScore:
    """What a caption got right."""

    named_rightly: int
    """Kinds of things that it names and that are there."""
    named: int
    present: int
    counts_right: bool
    """Whether it names everything with its right number, and nothing else."""
    relations_right: bool | None
    """Whether it tells a relation and all that it tells hold; None where there is none to tell."""
    background_right: bool

    @property
    def f1(self) -> float:
        """Of the kinds of things named."""
        return 2 * self.named_rightly / (self.named + self.present)


def score_caption(scene: Scene, text: str) -> CaptionScore:
    """The caption compared with what is in the scene."""
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
    """Shares of right captions, from 0 to 1."""

    captions: int
    objects_f1: float
    counts: float
    relations: float
    background: float


def report_captions(scores: Iterable[CaptionScore]) -> CaptionReport:
    """The scores of many captions in one line."""
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
