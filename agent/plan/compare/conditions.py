"""Track the conditions under which a part of a plan runs."""

from __future__ import annotations

from agent.plan.compare import terms
from agent.plan.compare.terms import Term

Guards = frozenset[Term]
"""Conditions that must all hold; empty for what always runs."""


def also(guards: Guards, *conditions: Term) -> Guards:
    """Add conditions to guards, splitting `a and b` into two."""
    flat = [
        inner
        for decides in conditions
        for inner in (decides[2] if decides[:2] == ("logic", "and") else (decides,))
    ]
    return guards | frozenset(flat)


def without_idle(
    happening: set[tuple[Guards, Term]], *, keep: Term | None = None
) -> set[tuple[Guards, Term]]:
    """Drop each condition whose opposite guards the same term."""
    left = set(happening)
    waiting = list(left)
    while waiting:
        guards, term = waiting.pop()
        if term == keep or (guards, term) not in left:
            continue
        for decides in guards:
            rest = guards - {decides}
            if (rest | {terms.negated(decides)}, term) in left:
                left -= {(guards, term), (rest | {terms.negated(decides)}, term)}
                left.add((rest, term))
                waiting.append((rest, term))
                break
    return left
