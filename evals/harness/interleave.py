"""Interleave groups, so that a limit selects some of every group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_turn(groups: Iterable[Sequence[T]]) -> Iterator[T]:
    """Yield the first item of every group, then the second …

    >>> list(interleave(["abc", "d", "ef"]))
    ['a', 'd', 'e', 'b', 'f', 'c']
    """
    of_each = list(groups)
    for place in range(max(map(len, of_each), default=0)):
        yield from (group[place] for group in of_each if place < len(group))
