"""Samples of several groups one after the other, so that a limit takes some of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_turn(groups: Iterable[Sequence[T]]) -> Iterator[T]:
    """The first of each group, then the second of each …

    >>> list(in_turn(["abc", "d", "ef"]))
    ['a', 'd', 'e', 'b', 'f', 'c']
    """
    of_each = list(groups)
    for place in range(max(map(len, of_each), default=0)):
        yield from (group[place] for group in of_each if place < len(group))
