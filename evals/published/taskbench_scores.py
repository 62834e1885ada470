"""Compute TaskBench's scores as its script does, and a strict version.

The published script ignores samples without a prediction; the strict version counts them as empty
plans. Everything else is the same: F1 over the distinct tools, links and arguments of each sample,
summed over all samples; the edit distance of tool sequences; ROUGE of the steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from evals.published.taskbench_questions import Graph, ToolSet

_ENDINGS = {
    "image": ("jpg", "png", "jpeg", "gif", "bmp", "tiff", "svg", "ico"),
    "audio": ("mp3", "wav", "wma", "ogg", "aac", "flac", "aiff", "au"),
    "video": ("mp4", "avi", "mov", "flv", "wmv", "mkv", "webm", "m4v", "mpg", "mpeg"),
}


@dataclass(frozen=True)
class GraphPair:
    """The reference of a sample and its prediction, if there is one."""

    reference: Graph
    prediction: Graph | None


@dataclass(frozen=True)
class _Side:
    """A graph in the form that the script compares."""

    tools: list[str]
    links: list[tuple[str, str]]
    arguments: list[str]
    values: list[str]
    steps: str


_EMPTY_SIDE = _Side([], [], [], [], "")


def taskbench_scores(tools: ToolSet, pairs: Sequence[GraphPair]) -> dict[str, float]:
    """Return every score twice: as published, and as `strict …`."""
    sides = [
        (_side(tools, pair.reference), pair.prediction and _side(tools, pair.prediction))
        for pair in pairs
    ]
    published = [(reference, prediction) for reference, prediction in sides if prediction]
    strict = [(reference, prediction or _EMPTY_SIDE) for reference, prediction in sides]
    scores = {"predicted": len(published) / len(sides) if sides else 0.0}
    scores |= _scores(tools, published)
    return scores | {f"strict {name}": value for name, value in _scores(tools, strict).items()}


def f1_counts(
    tools: ToolSet, pairs: Sequence[GraphPair], *, strict: bool
) -> dict[str, tuple[list[int], list[int]]]:
    """Return twice the hits, and the sum of both sizes, of each F1 by sample."""
    sides = [
        (
            _side(tools, pair.reference),
            _side(tools, pair.prediction) if pair.prediction else _EMPTY_SIDE,
        )
        for pair in pairs
        if strict or pair.prediction
    ]
    sides_of_known_tools = _keep_known_tools(tools, sides)
    labels: dict[str, list[tuple[AbstractSet[Hashable], AbstractSet[Hashable]]]] = {
        "tool F1": [(set(r.tools), set(f.tools)) for r, f in sides_of_known_tools],
        "link F1": [(set(r.links), set(f.links)) for r, f in sides],
        "argument F1": [(set(r.arguments), set(f.arguments)) for r, f in sides],
        "argument and value F1": [(set(r.values), set(f.values)) for r, f in sides],
    }
    return {
        name: ([2 * len(r & f) for r, f in sets], [len(r) + len(f) for r, f in sets])
        for name, sets in labels.items()
    }


def is_exact(tools: ToolSet, pair: GraphPair) -> bool:
    """Return whether tools, links and arguments equal the reference."""
    if pair.prediction is None:
        return False
    reference, prediction = _side(tools, pair.reference), _side(tools, pair.prediction)
    return all(
        sorted(a) == sorted(b)
        for a, b in (
            (reference.tools, prediction.tools),
            (reference.links, prediction.links),
            (reference.values, prediction.values),
        )
    )


def same_tools(tools: ToolSet, pair: GraphPair) -> bool:
    """Return whether the tools equal the reference."""
    if pair.prediction is None:
        return False
    reference, prediction = _side(tools, pair.reference), _side(tools, pair.prediction)
    return sorted(reference.tools) == sorted(prediction.tools)


def _scores(tools: ToolSet, sides: Sequence[tuple[_Side, _Side]]) -> dict[str, float]:
    if not sides:
        return {}
    return {
        "tool F1": _f1((r.tools, f.tools) for r, f in _keep_known_tools(tools, sides)),
        "tool F1 by tool": _macro_f1(tools, _keep_known_tools(tools, sides)),
        "link F1": _f1((r.links, f.links) for r, f in sides),
        "argument F1": _f1((r.arguments, f.arguments) for r, f in sides),
        "argument and value F1": _f1((r.values, f.values) for r, f in sides),
        "edit distance": _edit_distance(tools, sides),
        **_rouge([(r.steps, f.steps) for r, f in sides]),
    }


def _keep_known_tools(
    tools: ToolSet, sides: Sequence[tuple[_Side, _Side]]
) -> list[tuple[_Side, _Side]]:
    """Drop tools that the domain does not have, as the script does."""

    def keep_known(side: _Side) -> _Side:
        names = [name for name in side.tools if name in tools.tools]
        return _Side(names, side.links, side.arguments, side.values, side.steps)

    return [(keep_known(reference), keep_known(prediction)) for reference, prediction in sides]


def _f1(pairs: Iterable[tuple[Iterable[Hashable], Iterable[Hashable]]]) -> float:
    hits = extra = missed = 0
    for reference, prediction in pairs:
        expected, predicted = set(reference), set(prediction)
        hits += len(expected & predicted)
        extra += len(predicted - expected)
        missed += len(expected - predicted)
    total = 2 * hits + extra + missed
    return 2 * hits / total if total else 0.0


def _macro_f1(tools: ToolSet, sides: Sequence[tuple[_Side, _Side]]) -> float:
    scores = [
        _f1(
            ([n for n in r.tools if n == name], [n for n in f.tools if n == name]) for r, f in sides
        )
        for name in tools.tools
    ]
    return sum(scores) / len(scores)


def _edit_distance(tools: ToolSet, sides: Sequence[tuple[_Side, _Side]]) -> float:
    from rapidfuzz.distance import Indel

    numbers = {name: number for number, name in enumerate(tools.tools, 1)}
    similarities = [
        Indel.normalized_similarity(
            [numbers.get(name, 0) for name in prediction.tools],
            [numbers.get(name, 0) for name in reference.tools],
        )
        for reference, prediction in sides
    ]
    return 1 - sum(similarities) / len(similarities)


def _rouge(steps: Sequence[tuple[str, str]]) -> dict[str, float]:
    import numpy as np
    from rouge_score import rouge_scorer, scoring

    kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    scorer = rouge_scorer.RougeScorer(kinds, use_stemmer=False)
    aggregator = scoring.BootstrapAggregator()
    for reference, prediction in steps:
        aggregator.add_scores(scorer.score(reference, prediction))
    # The published scores are medians of bootstrap samples from numpy's global generator.
    state = np.random.get_state()
    np.random.seed(0)
    mids = {kind: float(score.mid.fmeasure) for kind, score in aggregator.aggregate().items()}
    np.random.set_state(state)
    return {f"step {kind}": mids[kind] for kind in kinds}


def _side(tools: ToolSet, graph: Graph) -> _Side:
    if tools.passes_results:
        return _resource_side(tools, graph)
    names = [node["task"] for node in graph.nodes]
    arguments = [node.get("arguments", []) for node in graph.nodes]
    links = [(link["source"], link["target"]) for link in graph.links]
    return _build_side(names, links, arguments, graph)


def _resource_side(tools: ToolSet, graph: Graph) -> _Side:
    """Derive links and argument types from the arguments."""
    names = [node["task"].replace("_", " ") for node in graph.nodes]
    links: list[tuple[str, str]] = []
    arguments: list[list[Mapping[str, Any]]] = []
    last: Mapping[str, Any] | None = None
    for number, node in enumerate(graph.nodes):
        node_arguments: list[Mapping[str, Any]] = []
        for argument in node.get("arguments", []):
            value = _first_value(argument)
            source = _source(value)
            if source == number:
                continue
            if source is None:
                last = {"name": _content_type(value), "value": value}
            elif 0 <= source < len(names):
                links.append((names[source], node["task"]))
                tool = tools.tools.get(names[source])
                last = {"name": tool.output_type if tool else "other", "value": names[source]}
            # For a reference to no node the script repeats the previous argument.
            if last:
                node_arguments.append(last)
        arguments.append(node_arguments)
    return _build_side(names, links, arguments, graph)


def _build_side(
    names: list[str],
    links: list[tuple[str, str]],
    arguments: Sequence[Sequence[Mapping[str, Any]]],
    graph: Graph,
) -> _Side:
    labels = [
        (f"{task}-{argument['name']}", f"{task}-{argument['name']}-{argument['value']}")
        for task, task_arguments in zip(names, arguments, strict=True)
        for argument in task_arguments
    ]
    steps = "\n".join(step if isinstance(step, str) else str(step) for step in graph.steps)
    return _Side(names, links, [name for name, _ in labels], [value for _, value in labels], steps)


def _first_value(argument: Any) -> str:
    if isinstance(argument, Mapping):
        argument = next(iter(argument.values()), "")
    return " ".join(map(str, argument)) if isinstance(argument, list) else str(argument)


def _source(value: str) -> int | None:
    """Return the node number of a reference, -1 if malformed, else None."""
    if "<node-" not in value:
        return None
    number = value.partition("<node-")[2].partition(">")[0]
    return int(number) if number.isdigit() else -1


def _content_type(value: str) -> str:
    for kind, endings in _ENDINGS.items():
        if any(f".{ending}" in value for ending in endings):
            return kind
    return "text"
