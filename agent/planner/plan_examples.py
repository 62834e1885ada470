"""Few-shot examples for prompts: requests with their plans, from prompts/examples/.

A few are part of every prompt. Of the others, those most similar to the request are added. The
similarity depends on words, weighted by how well they predict tools, and on the kinds of files.
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
from agent.planner.similarity import SimilarityIndex
from tools.models.media_domain import media_domains

ALWAYS = "always.toml"
EVERYDAY = "everyday_"
"""Files that begin like this: tools that only they show are described to similar requests alone."""
SIMILAR_EXAMPLES = 2
SAME_KINDS, SAME_NUMBER, SAME_DOMAIN = 1.0, 0.2, 0.3
"""Bonuses to the similarity of texts: both have files of the same kinds, the same number of each,
and an image of the same domain."""


class Example(BaseModel):
    """A request with its files and names, and the plan for it."""

    request: str
    names: dict[str, str] = {}
    plan: str

    @cached_property
    def tools(self) -> frozenset[str]:
        """The tools that the plan calls, found by a regex."""
        # To parse all plans would take 0.2 s.
        return frozenset(re.findall(r"(\w+)\(", self.plan)).difference(BUILTINS, {SAY})


@cache
def fixed_examples() -> tuple[Example, ...]:
    """Return the examples of every prompt, in order."""
    return tuple(_read(ALWAYS))


@cache
def retrievable_examples() -> tuple[Example, ...]:
    """Return the examples that are shown only to similar requests."""
    return tuple(example for name in _file_names() for example in _read(name))


@cache
def everyday_tools() -> frozenset[str]:
    """Return the tools that only the examples of everyday requests call."""
    calls: dict[bool, set[str]] = {True: set(), False: set()}
    for name in _file_names():
        calls[name.startswith(EVERYDAY)].update(*(example.tools for example in _read(name)))
    return frozenset(calls[True] - calls[False])


def most_similar(
    request: str,
    names: Mapping[str, str],
    tools: Collection[str],
    count: int = SIMILAR_EXAMPLES,
) -> list[Example]:
    """Return the examples most similar to the request, in ascending order.

    Only examples that these tools can do are considered. `names` describes each name in use.
    """
    kinds, domains = _kinds(names), _image_domains(names)
    similarities = [
        similarity
        + SAME_KINDS * (kinds.keys() == example_kinds.keys())
        + SAME_NUMBER * (kinds == example_kinds)
        + SAME_DOMAIN * bool(domains and domains & _image_domains(example.names))
        for example, similarity, example_kinds in zip(
            retrievable_examples(),
            _similarity_index().similarity(request),
            _kinds_of_others(),
            strict=True,
        )
    ]
    by_similarity = sorted(
        zip(similarities, retrievable_examples(), strict=True), key=lambda pair: -pair[0]
    )
    available = frozenset(tools)
    possible = (example for _, example in by_similarity if example.tools <= available)
    return list(islice(possible, count))[::-1]


@cache
def _similarity_index() -> SimilarityIndex:
    examples = retrievable_examples()
    return SimilarityIndex(
        [example.request for example in examples],
        [" ".join(sorted(example.tools)) for example in examples],
    )


@cache
def _kinds_of_others() -> tuple[Counter[str], ...]:
    return tuple(_kinds(example.names) for example in retrievable_examples())


def _kinds(names: Iterable[str]) -> Counter[str]:
    """Count the files of each kind, and the results of earlier plans."""
    matches = (re.fullmatch(r"([a-z]+)\d+", name) for name in names)
    return Counter(match[1] if match and match[1] in FILE_KINDS else "result" for match in matches)


def _image_domains(names: Mapping[str, str]) -> set[str]:
    """Return the media domains of the described images."""
    return {
        domain.name
        for domain in media_domains().values()
        if any(description.startswith(domain.image_noun) for description in names.values())
    }


def _file_names() -> list[str]:
    folder = files("prompts").joinpath("examples")
    names = (file.name for file in folder.iterdir())
    return sorted(name for name in names if name.endswith(".toml") and name != ALWAYS)


def _read(file: str) -> Iterable[Example]:
    text = files("prompts").joinpath("examples", file).read_text(encoding="utf-8")
    return map(Example.model_validate, tomllib.loads(text)["example"])
