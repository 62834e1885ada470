"""What is true of a right answer to each request of docs/coverage.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from evals.answer_judge import MediumMeasures, find_faults
from evals.answer_samples import AnswerFacts, has_raw_coordinates

_FILE = Path(__file__).with_name("data") / "coverage_outcomes.jsonl"


class CoverageOutcome(AnswerFacts, extra="forbid"):
    """The facts of a right answer to a request; to the last one of a conversation."""

    request: str


@cache
def coverage_outcomes() -> Mapping[str, CoverageOutcome]:
    """Return the outcomes by the text of the request."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    outcomes = [CoverageOutcome.model_validate_json(line) for line in lines]
    return {outcome.request: outcome for outcome in outcomes}


def coverage_faults(
    facts: AnswerFacts, answer: str, measures: Sequence[MediumMeasures]
) -> list[str]:
    """Return what a person would call wrong or broken in an answer, empty if nothing is."""
    faults = find_faults(facts, answer, measures)
    if not answer.strip() and not measures:
        faults.append("nothing is said or shown")
    if has_raw_coordinates(answer) and not facts.coordinates:
        faults.append("pixels are said that nobody asked for")
    if facts.coordinates and not has_raw_coordinates(answer):
        faults.append("no coordinates are said")
    return faults
