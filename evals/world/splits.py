"""Held-out contents for validation and test, which measure compositional generalisation.

For each aspect of each object (its counts, relations, backgrounds …), one value belongs to the test
split and another to validation. Contents without any of them belong to training: every object
occurs there, but never, for example, five foxes, a fox inside something, or a fox on yellow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from tools.errors import InputError

Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Pair(NamedTuple):
    """An object and a value of one of its aspects."""

    name: str
    aspect: str
    value: str | int


def hold_out(
    names: Iterable[str], aspects: Mapping[str, Sequence[str | int]]
) -> Mapping[Pair, Split]:
    """Assign the pairs that never occur in training to their splits."""
    held_out: dict[Pair, Split] = {}
    for name in names:
        for aspect, values in aspects.items():
            pairs = [Pair(name, aspect, value) for value in values]
            pairs.sort(key=lambda pair: hashlib.sha256(repr(tuple(pair)).encode()).digest())
            held_out[pairs[0]], held_out[pairs[1]] = "test", "validation"
    return held_out


def split_of(pairs: Iterable[Pair], held_out: Mapping[Pair, Split]) -> Split:
    """Return the split of these pairs; one held-out pair decides it."""
    splits = {held_out.get(pair, "train") for pair in pairs}
    if "test" in splits:
        return "test"
    return "validation" if "validation" in splits else "train"


def split_number(split: Split) -> int:
    """Return the split's number for random keys; InputError if unknown."""
    if split not in SPLITS:
        raise InputError(
            f"unknown split {split!r}; allowed: {', '.join(SPLITS)}",
            hint="train on train, choose on validation, report test",
        )
    return SPLITS.index(split)
