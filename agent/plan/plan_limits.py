"""How much a plan may ask for: every bound of the language, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds that keep any plan, also a hostile one, cheap to read, check and run."""

    plan_bytes: int = 8_000
    commands: int = 64
    """Lines that do something, those within `if` blocks included."""
    calls: int = 200
    """Calls written in the plan; also the calls that one list comprehension may grow into.

    The bound is for each comprehension by itself: one over all of them would be reached by
    whichever is computed last, and which that is must not matter.
    """
    depth: int = 20
    """Brackets, blocks and operators within each other."""
    name_characters: int = 60
    text_characters: int = 4_000
    """In a text that the plan writes down."""
    list_items: int = 100
    """In a list that the plan makes, goes through or counts with `range`."""
    value_size: int = 100_000
    """Characters and items of any value that the plan itself puts together."""
    number: int = 10**9
    """Numbers that a plan writes or computes lie between minus this and this."""
    exponent: int = 64
    problems: int = 50
    """More are not told: whoever repairs the plan has enough to do."""


LIMITS = Limits()
