"""Interleave groups, so that a limit selects some of every group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleave(groups: Iterable[Sequence[T]]) -> Iterator[T]:
    """Yield the first item of every group, then the second …

    >>> list(interleave(["abc", "d", "ef"]))
    ['a', 'd', 'e', 'b', 'f', 'c']
    """
    sequences = list(groups)
    for index in range(max(map(len, sequences), default=0)):
        yield from (sequence[index] for sequence in sequences if index < len(sequence))
