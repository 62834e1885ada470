"""Select a subset of the training data for a short training.

    python -m train.planner.subset plans.jsonl few.jsonl --each 150 --described 600

A slow machine processes only a few thousand examples. The subset has all hand-written ones, the
same number of each generated kind, and few with described tools, whose prompts are the longest and
lose most tools that the plan does not call. Held-out splits are copied whole.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from train.planner.dataset import PlannedRequest, read_dataset

BY_HAND = "seed"
MAX_TOOLS = 4


def subset(
    requests: Iterable[PlannedRequest], per_kind: int, described: int, seed: int = 0
) -> list[PlannedRequest]:
    """Sample `per_kind` requests of every generated kind and `described` with tools."""
    rng = random.Random(seed)
    selected: list[PlannedRequest] = []
    kinds: defaultdict[str, list[PlannedRequest]] = defaultdict(list)
    with_tools: list[PlannedRequest] = []
    for request in requests:
        if request.split != "train" or request.kind == BY_HAND:
            selected.append(request)
        elif request.tools:
            with_tools.append(request)
        else:
            kinds[request.kind].append(request)
    for kind in sorted(kinds):
        selected += rng.sample(kinds[kind], min(per_kind, len(kinds[kind])))
    for request in rng.sample(with_tools, min(described, len(with_tools))):
        tools = fewer_tools(request, rng)
        selected.append(request.model_copy(update={"tools": tools}))
    return selected


def fewer_tools(request: PlannedRequest, rng: random.Random) -> list[str]:
    """Keep the described tools that the plan calls and a few others."""
    called = set(re.findall(r"(\w+)\(", request.plan))
    needed = [line for line in request.tools if line.partition("(")[0] in called]
    others = [line for line in request.tools if line not in needed]
    count = max(rng.randint(1, MAX_TOOLS) - len(needed), 0)
    chosen = {*needed, *rng.sample(others, min(count, len(others)))}
    return [line for line in request.tools if line in chosen]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the subset of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--each", type=int, default=150, help="of every generated kind")
    parser.add_argument("--described", type=int, default=600, help="with described tools")
    options = parser.parse_args(arguments)
    requests = subset(read_dataset(options.source), options.each, options.described)
    lines = (request.model_dump_json(exclude_defaults=True) + "\n" for request in requests)
    options.target.write_text("".join(lines), encoding="utf-8")
    print(f"{len(requests)} requests in {options.target}")


if __name__ == "__main__":
    main()
