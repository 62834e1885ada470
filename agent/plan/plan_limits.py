"""Limit the size and cost of plans."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanLimits:
    """Bounds that keep even hostile plans cheap to check and run."""

    plan_bytes: int = 8_000
    commands: int = 64
    """Commands, including those inside `if` blocks."""
    calls: int = 200
    """Calls in the text of the plan; also the calls that one list comprehension may make.

    Each comprehension has its own bound: a shared one would be exceeded by whichever is computed
    last, so the result would depend on timing.
    """
    depth: int = 20
    """Nesting of brackets, blocks and operators."""
    name_characters: int = 60
    text_characters: int = 4_000
    """Length of a text literal."""
    list_items: int = 100
    """Items of a list that the plan creates, iterates over or gets from `range`."""
    value_size: int = 100_000
    """Characters and items of any value that the plan itself computes."""
    number: int = 10**9
    """Bound on the absolute value of literal and computed numbers."""
    exponent: int = 64
    problems: int = 50
    """Problems reported at once; more would not help to repair the plan."""


LIMITS = PlanLimits()
