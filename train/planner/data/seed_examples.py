"""The examples of prompts/examples as training data, with better answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from agent.plan.syntax.tree import FILE_KINDS
from agent.planner import plan_examples
from tools.errors import InputError
from tools.sdk.plan_types import Type, list_of
from train.planner.data.known_tools import known_tools
from train.planner.data.phrase_files import load
from train.planner.data.training_example import TrainingExample, check_plan

_BOXES = re.compile(r"(?:\w[\w ]* at )?\(\d+, \d+\)–\(\d+, \d+\)")
_MASK = re.compile(r"a region covering \d+% of the picture")
_POINTS = re.compile(r"\(\d+, \d+\)(?:, \(\d+, \d+\))*")
_COUNT_ANSWER = re.compile(r'^say\("There are \{(\w+)\} ([a-z]+)([^"{]*)\."\)$', re.MULTILINE)
_REWRITES = (
    (
        r'"They are nearly the same: \{alike\}"',
        '"They are nearly the same, with a likeness of {alike} out of 1."',
    ),
    (r"\bchange_voice\((\w+|sound_of\(\w+\)), speed=", r"speed(\1, "),
)


_AMBIGUOUS = frozenset(
    {
        "draw its outlines and make it grey",
        "crop the left half, remove its background and make everything red",
        "remove the noise and make the voice deeper",
        "remove the noise and play it twice as fast",
        "make the voice deeper and get the voice alone",
        "make the voice deeper and play it twice as fast",
    }
)
"""Requests whose example changes the original twice, where a chain is meant."""


@cache
def seeds() -> tuple[TrainingExample, ...]:
    """Return every example of the prompts that the checker accepts."""
    return tuple(filter(None, map(_convert, _all_examples())))


def _all_examples() -> Iterator[plan_examples.Example]:
    yield from plan_examples.fixed_examples()
    yield from plan_examples.retrievable_examples()


def _convert(seed: plan_examples.Example) -> TrainingExample | None:
    if seed.request in _AMBIGUOUS:
        return None
    types = {name: infer_type(name, description) for name, description in seed.names.items()}
    plan = seed.plan.strip()
    for pattern, replacement in _REWRITES:
        plan = re.sub(pattern, replacement, plan)
    plan = _with_singular(plan)
    try:
        checked = check_plan(plan, known_tools(), types)
    except InputError:
        return None
    return TrainingExample("seed", seed.request, checked.text.strip(), dict(seed.names), types)


def infer_type(name: str, description: str) -> Type:
    """Infer the type of a name from the name and its description."""
    stem = name.rstrip("0123456789")
    if stem in FILE_KINDS and stem != name:
        return Type(stem.capitalize())
    if stem == "images" or description.count("a picture of") + description.count("a scene of") > 1:
        return list_of(Type("Image"))
    if description.startswith(("a picture of", "a scene of")):
        return Type("Image")
    if description.startswith("a sound of"):
        return Type("Audio")
    if description.startswith("a film of"):
        return Type("Video")
    if _MASK.fullmatch(description):
        return Type("Mask")
    if all(_BOXES.fullmatch(part) for part in description.split("; ")):
        return Type("Box" if name.startswith("region") else "Boxes")
    if _POINTS.fullmatch(description):
        return Type("Points")
    if re.fullmatch(r"-?\d+", description):
        return Type("Integer")
    return Type("Number" if re.fullmatch(r"-?\d+\.\d+", description) else "Text")


def _with_singular(plan: str) -> str:
    """Add the singular "There is 1 dog" to a final count answer."""
    match = _COUNT_ANSWER.search(plan)
    singular = _singulars().get(match[2]) if match else None
    if not match or not singular or match.end() != len(plan):
        return plan
    name, things, rest = match.groups()
    return plan[: match.start()] + (
        f'if {name} == 1:\n    say("There is {{{name}}} {singular}{rest}.")\n'
        f'else:\n    say("There are {{{name}}} {things}{rest}.")'
    )


@cache
def _singulars() -> dict[str, str]:
    rows = [row.split("|") for row in load("values.toml")["thing"]["rows"]]
    return {row[1]: row[0] for row in rows} | {"faces": "face"}
