"""Write the planner's training data as JSON lines.

    python -m train.planner.data.generate --count 20000 --seed 1 --out planner.jsonl

Each line is one `TrainingExample`. The same count and seed give the same file.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from train.planner.data import (
    conversation,
    described_tool_shapes,
    intents,
    multi_file_shapes,
    refusal_shapes,
    region_shapes,
    seed_examples,
)
from train.planner.data import plan_shapes as shapes
from train.planner.data.overlap import evaluated_requests
from train.planner.data.phrase_files import choose
from train.planner.data.plan_drafts import ExampleMaker, Mode, NoPhrase, Unsuitable
from train.planner.data.plan_shapes import Shape
from train.planner.data.training_example import Split, TrainingExample

_FAMILIES = (
    shapes,
    region_shapes,
    multi_file_shapes,
    intents,
    refusal_shapes,
    conversation,
    described_tool_shapes,
)
TRAIN: Mapping[Shape, float] = {s: w for family in _FAMILIES for s, w in family.SHAPES.items()}
"""How often each shape is drawn for the training split."""
HELD_SHAPES: Mapping[Shape, float] = {**region_shapes.HELD_SHAPES, **intents.HELD_SHAPES}
HELD_TOOLS: Mapping[Shape, float] = described_tool_shapes.HELD_TOOL_SHAPES
HELD_COUNT = 400
_HELD_OUT_SPLITS: tuple[tuple[Mapping[Shape, float], Split, Mode], ...] = (
    (HELD_SHAPES, "held_shape", "train"),
    (TRAIN, "held_wording", "held_wording"),
    (HELD_TOOLS, "held_tool", "train"),
)
_PROGRESS_EVERY = 2000
_TRIES = 200


class ExampleWriter:
    """Draw examples without duplicates and near-duplicates of evaluation requests."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._keys: set[str] = set()
        self._evaluated = evaluated_requests()
        self.dropped: Counter[str] = Counter()

    def draw(self, shapes: Mapping[Shape, float], mode: Mode = "train") -> TrainingExample:
        """Return the next example of one of the shapes."""
        choices, weights = list(shapes), list(shapes.values())
        for _ in range(_TRIES):
            shape = choose(self._dice, choices, weights)
            try:
                example = shape(ExampleMaker(self._dice, mode))
            except NoPhrase:
                self.dropped["no held phrase"] += 1
                continue
            except Unsuitable:
                self.dropped["unsuitable"] += 1
                continue
            if self.is_new(example):
                return example
        raise RuntimeError(f"no new example in {_TRIES} tries: the count is too high")

    def is_new(self, example: TrainingExample) -> bool:
        """Return whether the example may be written, and remember it."""
        if example.key in self._keys:
            self.dropped["duplicate"] += 1
            return False
        if self._evaluated.has_near(example.request):
            self.dropped["near an evaluated request"] += 1
            return False
        self._keys.add(example.key)
        return True


def examples(
    count: int, seed: int, writer: ExampleWriter | None = None
) -> Iterator[TrainingExample]:
    """Generate the held-out splits, the seeds, then others up to `count`."""
    writer = writer or ExampleWriter(seed)
    held_count = min(HELD_COUNT, count // 20)
    for shapes_of, split, mode in _HELD_OUT_SPLITS:
        for _ in range(held_count):
            yield replace(writer.draw(shapes_of, mode), split=split)
    total = 3 * held_count
    for seed_example in seed_examples.seeds():
        if total < count and writer.is_new(seed_example):
            total += 1
            yield seed_example
    while total < count:
        total += 1
        yield writer.draw(TRAIN)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the data file and print its composition."""
    parser = argparse.ArgumentParser(description="Write training data for the planner.")
    parser.add_argument("--count", type=int, default=20_000, help="number of examples")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same examples")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, JSON lines")
    options = parser.parse_args(arguments)
    writer = ExampleWriter(options.seed)
    kinds: Counter[str] = Counter()
    with options.out.open("w", encoding="utf-8") as file:
        for number, example in enumerate(examples(options.count, options.seed, writer), 1):
            file.write(example.to_json() + "\n")
            kinds[f"{example.split}/{example.kind}"] += 1
            if number % _PROGRESS_EVERY == 0:
                print(f"{number} of {options.count}", file=sys.stderr)
    for kind, number in sorted(kinds.items()):
        print(f"{number:6d} {kind}")
    for reason, number in writer.dropped.most_common():
        print(f"{number:6d} drawn again: {reason}")


if __name__ == "__main__":
    main()
