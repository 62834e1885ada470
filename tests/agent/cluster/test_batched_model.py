"""Batches of the items of several calls."""

from collections.abc import Sequence
from typing import ClassVar

from agent.cluster.batched_model import BatchItems, run_batch
from tools import Model


class Lengths(Model):
    batched_methods: ClassVar[tuple[str, ...]] = ("lengths", "upper")

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def lengths(self, words: Sequence[str]) -> list[int]:
        self.calls.append(list(words))
        if "bad" in words:
            raise ValueError("a bad word")
        return [len(word) for word in words]

    def upper(self, words: Sequence[str]) -> list[str]:
        return [word.upper() for word in words]


def test_each_call_gets_the_rows_of_its_own_items() -> None:
    model = Lengths()

    outcomes = run_batch(
        model,
        [
            BatchItems("lengths", ["a", "bb"]),
            BatchItems("upper", ["x"]),
            BatchItems("lengths", ["ccc"]),
        ],
    )

    assert [list(outcome.rows) for outcome in outcomes] == [[1, 2], ["X"], [3]]
    assert model.calls == [["a", "bb", "ccc"]]


def test_a_bad_item_fails_its_own_call() -> None:
    model = Lengths()

    good, bad, other = run_batch(
        model, [BatchItems("lengths", [word]) for word in ("a", "bad", "ccc")]
    )

    assert (good.rows, other.rows) == ([1], [3])
    assert isinstance(bad.error, ValueError)
    assert model.calls == [["a", "bad", "ccc"], ["a"], ["bad"], ["ccc"]]
