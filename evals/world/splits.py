"""Which contents are kept for validation and test, so that they measure composition.

Of each aspect of each object (its counts, its relations, the backgrounds behind it …) one value
belongs to the test and another to the validation. What holds none of them is for training: every
object is seen there, but never, say, five foxes, a fox inside something, or a fox on yellow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from tools.errors import InputError

Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Pair(NamedTuple):
    """An object and something true of it."""

    name: str
    aspect: str
    value: str | int


def hold_out(
    names: Iterable[str], aspects: Mapping[str, Sequence[str | int]]
) -> Mapping[Pair, Split]:
    """The pairs that never occur in training, with the split that each belongs to."""
    held: dict[Pair, Split] = {}
    for name in names:
        for aspect, values in aspects.items():
            pairs = [Pair(name, aspect, value) for value in values]
            pairs.sort(key=lambda pair: hashlib.sha256(repr(tuple(pair)).encode()).digest())
            held[pairs[0]], held[pairs[1]] = "test", "validation"
    return held


def split_of(pairs: Iterable[Pair], held_out: Mapping[Pair, Split]) -> Split:
    """Where something with these pairs belongs: one held-out pair is enough."""
    homes = {held_out.get(pair, "train") for pair in pairs}
    if "test" in homes:
        return "test"
    return "validation" if "validation" in homes else "train"


def split_number(split: Split) -> int:
    """A number for the dice; InputError if there is no such split."""
    if split not in SPLITS:
        raise InputError(
            f"unknown split {split!r}; allowed: {', '.join(SPLITS)}",
            hint="train on train, choose on validation, report test",
        )
    return SPLITS.index(split)
