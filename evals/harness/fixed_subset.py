"""Choose a fixed subset of a large set of samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shuffle_by_hash(items: Sequence[T], key: Callable[[T], str], seed: int = 0) -> list[T]:
    """Return the items in an order that depends only on their keys and the seed.

    The first 100 are the same in every run, on every machine, and part of the first 200.
    """
    return sorted(items, key=lambda item: hashlib.sha256(f"{seed}:{key(item)}".encode()).digest())


def choose_subset(
    items: Sequence[T], count: int, key: Callable[[T], str], seed: int = 0
) -> list[T]:
    """Return `count` items in the order of their hashes, or all as they are if it is 0."""
    return shuffle_by_hash(items, key, seed)[:count] if count else list(items)
