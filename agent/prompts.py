"""What a language model is told: the files of prompts/, filled in.

What stays the same from request to request comes first and is marked, so that models can keep
what they have read of it. What tools and files say is quoted, between marks that name it as data.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from agent.language_models.static_prompt import mark_static

if TYPE_CHECKING:
    from agent.plan import Callee, PlanError

SHOWN_CHARACTERS = 300
"""Of each value: enough to recognise it; the plan works with the value itself."""
SHOWN_RESULT_CHARACTERS = 2000
SHOWN_TURNS = 4


@dataclass(frozen=True)
class Turn:
    """One request of the conversation, and what came of it."""

    request: str
    plan: str
    answer: str


class Example(BaseModel):
    """A request and the plan for it. `tools` are those the plan calls."""

    request: str
    names: dict[str, str]
    tools: list[str]
    plan: str


def plan_messages(
    tools: Mapping[str, Callee],
    names: Mapping[str, str],
    turns: Sequence[Turn],
    request: str,
    trouble: str = "",
) -> list[BaseMessage]:
    """Ask for a plan. `names` says of each name in use what it holds."""
    listed = "\n".join(f"- {tool.signature}: {tool.description}" for tool in tools.values())
    static: list[BaseMessage] = [SystemMessage(_fill("plan.md", tools=listed))]
    for example in examples():
        if set(example.tools) <= tools.keys():
            asked = _ask(example.names, example.request)
            static += [HumanMessage(asked), AIMessage(example.plan.strip())]
    earlier: list[BaseMessage] = []
    answered = ""
    for turn in turns[-SHOWN_TURNS:]:
        earlier += [HumanMessage(answered + _ask({}, turn.request)), AIMessage(turn.plan)]
        answered = _block("answered", [_quoted(turn.answer)]) + "\n"
    last = answered + _ask(names, request)
    if trouble:
        last = f"{last}\n\n{_fill('trouble.md', trouble=_without_marks(trouble))}"
    return [*mark_static(static), *earlier, HumanMessage(last)]


def repair_message(error: PlanError) -> BaseMessage:
    """Ask for the plan again, without these problems."""
    return HumanMessage(_fill("repair.md", problems="\n".join(map(str, error.problems))))


def answer_messages(request: str, results: Mapping[str, str], failures: str) -> list[BaseMessage]:
    """Ask for an answer in words, from the results of a plan."""
    told = _block("results", _told(results, SHOWN_RESULT_CHARACTERS))
    if failures:
        told += "\n" + _block("failures", [_quoted(failures, SHOWN_RESULT_CHARACTERS)])
    return [
        SystemMessage(_fill("answer.md")),
        HumanMessage(f"{told}\nRequest: {request}"),
    ]


@cache
def examples() -> tuple[Example, ...]:
    """Every example there is, in the order in which they are shown."""
    found = tomllib.loads(_text("examples.toml"))["example"]
    return tuple(Example.model_validate(example) for example in found)


def _ask(names: Mapping[str, str], request: str) -> str:
    return f"{_block('names', _told(names, SHOWN_CHARACTERS))}\nRequest: {request}"


def _told(values: Mapping[str, str], limit: int) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name}: {_quoted(value, limit)}"


def _quoted(value: str, limit: int = SHOWN_CHARACTERS) -> str:
    """On one line and in quotes, so that nothing in it reads as the prompt's own words."""
    shown = value if len(value) <= limit else value[:limit] + "…"
    return json.dumps(_without_marks(shown), ensure_ascii=False)


def _block(mark: str, lines: Iterable[str]) -> str:
    return "\n".join([f"<{mark}>", *lines, f"</{mark}>"])


def _without_marks(text: str) -> str:
    # Another character, not nothing: what is left must not join into a mark.
    return re.sub(r"<(?=/?(?:names|answered|results|failures|trouble|problems)>)", "‹", text)


def _fill(file: str, **values: str) -> str:
    return Template(_text(file)).substitute(values).strip()


@cache
def _text(file: str) -> str:
    return files("prompts").joinpath(file).read_text(encoding="utf-8")
