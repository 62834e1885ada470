"""Requests with the plans for them, as a language model is shown them: prompts/examples/.

A few are part of every prompt. Of the others those are shown that are most like the request: by
its words, most by those that tell which tools are wanted, and by the kinds of files that came
with it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property
from importlib.resources import files
from itertools import islice

from pydantic import BaseModel

from agent.plan.syntax.tree import BUILTINS, FILE_KINDS, SAY
from agent.planner.similarity import Likeness

ALWAYS = "always.toml"
SHOWN = 2
PICTURE, SCENE = "a picture", "a scene"
"""How a picture is told of, and one that models of the sprite world know."""
SAME_KINDS, SAME_NUMBER, BOTH_SCENES = 1.0, 0.2, 0.3
"""What it counts, beside the same words, that both came with files of the same kinds, with as many
of each, and with a scene."""


class Example(BaseModel):
    """A request with what came with it, and the plan for it."""

    request: str
    names: dict[str, str] = {}
    plan: str

    @cached_property
    def tools(self) -> frozenset[str]:
        """What the plan calls, found in its text: to parse all plans would take 0.2 s."""
        return frozenset(re.findall(r"(\w+)\(", self.plan)).difference(BUILTINS, {SAY})


@cache
def always() -> tuple[Example, ...]:
    """The examples of every prompt, in the order in which they are shown."""
    return tuple(_read(ALWAYS))


@cache
def others() -> tuple[Example, ...]:
    """The examples that are shown where they help."""
    folder = files("prompts").joinpath("examples")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(example for name in names if name != ALWAYS for example in _read(name))


def likest(request: str, names: Mapping[str, str], tools: Collection[str]) -> list[Example]:
    """The examples most like a request that can be done with these tools, the likest last.

    `names` says of each name in use what it holds.
    """
    kinds = _kinds(names)
    likeness = [
        alike
        + SAME_KINDS * (kinds.keys() == other.keys())
        + SAME_NUMBER * (kinds == other)
        + BOTH_SCENES * (_with_scene(names) and _with_scene(example.names))
        for example, alike, other in zip(
            others(), _likeness().to(request), _kinds_of_others(), strict=True
        )
    ]
    by_likeness = sorted(zip(likeness, others(), strict=True), key=lambda pair: -pair[0])
    offered = frozenset(tools)
    possible = (example for _, example in by_likeness if example.tools <= offered)
    return list(islice(possible, SHOWN))[::-1]


@cache
def _likeness() -> Likeness:
    known = others()
    return Likeness(
        [example.request for example in known],
        [" ".join(sorted(example.tools)) for example in known],
    )


@cache
def _kinds_of_others() -> tuple[Counter[str], ...]:
    return tuple(_kinds(example.names) for example in others())


def _kinds(names: Iterable[str]) -> Counter[str]:
    """How many files of each kind, and how many results of earlier plans."""
    found = (re.fullmatch(r"([a-z]+)\d+", name) for name in names)
    return Counter(match[1] if match and match[1] in FILE_KINDS else "result" for match in found)


def _with_scene(names: Mapping[str, str]) -> bool:
    return any(told.startswith(SCENE) for told in names.values())


def _read(file: str) -> Iterable[Example]:
    text = files("prompts").joinpath("examples", file).read_text(encoding="utf-8")
    return map(Example.model_validate, tomllib.loads(text)["example"])
