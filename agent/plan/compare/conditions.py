"""Track the conditions under which a part of a plan runs."""

from __future__ import annotations

from agent.plan.compare import terms
from agent.plan.compare.terms import Term

Guards = frozenset[Term]
"""Conditions that must all hold; empty for what always runs."""


def add_conditions(guards: Guards, *conditions: Term) -> Guards:
    """Add conditions to guards, splitting `a and b` into two."""
    flat = [
        inner
        for condition in conditions
        for inner in (condition[2] if condition[:2] == ("logic", "and") else (condition,))
    ]
    return guards | frozenset(flat)


def drop_irrelevant_conditions(
    guarded_terms: set[tuple[Guards, Term]], *, keep: Term | None = None
) -> set[tuple[Guards, Term]]:
    """Drop each condition whose opposite guards the same term.

    Which of several is dropped first may change the result, so the order is that of the terms.
    """
    remaining = set(guarded_terms)
    pending = sorted(remaining, key=_sort_key)
    while pending:
        guards, term = pending.pop()
        if term == keep or (guards, term) not in remaining:
            continue
        for condition in sorted(guards, key=repr):
            rest = guards - {condition}
            if (rest | {terms.negate(condition)}, term) in remaining:
                remaining -= {(guards, term), (rest | {terms.negate(condition)}, term)}
                remaining.add((rest, term))
                pending.append((rest, term))
                break
    return remaining


def _sort_key(guarded_term: tuple[Guards, Term]) -> tuple[list[str], str]:
    guards, term = guarded_term
    return sorted(map(repr, guards)), repr(term)
