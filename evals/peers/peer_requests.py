"""The requests that all agents are compared on, and the tools that all of them get."""

from __future__ import annotations

from agent.plan.syntax.parser import parse
from agent.plan.syntax.tree import BUILTINS, callee_names
from evals.answer_samples import AnswerSample, answer_samples
from evals.harness.fixed_subset import shuffle_by_hash
from evals.harness.interleave import interleave

TOOLS = (
    *("area", "blur", "classify_sound", "colours", "combine", "count", "crop", "detect", "faces"),
    *("flip", "grayscale", "invert", "read_text", "resize", "reverse", "rotate", "sound_of"),
    *("speak", "still", "transcribe", "translate", "volume"),
)
"""Few enough for the prompts of the peers, which describe all of them in 8,192 tokens."""


def peer_requests(count: int, seed: int = 0) -> list[AnswerSample]:
    """Return requests of the suite `answers`, about equally many of each kind.

    No prompt was tuned on them, they have no earlier turns, and the tools suffice for a right plan.
    """
    by_kind: dict[str, list[AnswerSample]] = {}
    for sample in answer_samples():
        if sample.split == "report" and not sample.earlier and _tools_of(sample.plan) <= set(TOOLS):
            by_kind.setdefault(sample.kind, []).append(sample)
    parts = [shuffle_by_hash(part, lambda sample: sample.id, seed) for part in by_kind.values()]
    return list(interleave(parts))[:count]


def _tools_of(plan: str) -> set[str]:
    return callee_names(parse(plan)) - {*BUILTINS, "say"}
