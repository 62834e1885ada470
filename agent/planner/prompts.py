"""Build prompts from the templates in prompts/.

The part that is the same for all requests comes first and is marked, so that models can cache it.
Text from tools and files is quoted, between tags that name it as data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.planner.llm.static_prompt import mark_static
from agent.planner.plan_examples import Example, fixed_examples

if TYPE_CHECKING:
    from agent.plan import Callee, PlanError

SHOWN_CHARACTERS = 300
"""Limit of each value: enough to recognise it; the plan works with the value itself."""
SHOWN_RESULT_CHARACTERS = 2000
SHOWN_TURNS = 4


@dataclass(frozen=True)
class ConversationTurn:
    """An earlier request of the conversation, with its plan and answer."""

    request: str
    plan: str
    answer: str


def plan_messages(
    tools: Mapping[str, Callee],
    names: Mapping[str, str],
    turns: Sequence[ConversationTurn],
    request: str,
    trouble: str = "",
    similar: Iterable[Example] = (),
    more_tools: Mapping[str, Callee] = MappingProxyType({}),
    *,
    fixed: Iterable[Example] | None = None,
) -> list[BaseMessage]:
    """Build the messages that request a plan.

    `names` describes each name in use. `similar` are examples, the most similar last. `more_tools`
    are those of this request alone, in the part of the prompt that is read each time. `fixed` are
    the examples of every prompt, those of prompts/examples/ by default.
    """
    fixed = fixed_examples() if fixed is None else fixed
    possible = [example for example in fixed if example.tools <= tools.keys()]
    static = [
        SystemMessage(fill("general_planner.md", tools=_tool_lines(tools))),
        *_example_messages(possible),
    ]
    earlier: list[BaseMessage] = []
    answer_block = ""
    for turn in turns[-SHOWN_TURNS:]:
        earlier += [HumanMessage(answer_block + _ask({}, turn.request)), AIMessage(turn.plan)]
        answer_block = block("answered", [quoted(turn.answer)]) + "\n"
    last = answer_block + _ask(names, request)
    if trouble:
        # Before the request: a small model continues from the end of its prompt.
        last = f"{fill('trouble.md', trouble=escape_tags(trouble))}\n{last}"
    if more_tools:
        last = f"{fill('more_tools.md', tools=_tool_lines(more_tools))}\n{last}"
    return [*mark_static(static), *_example_messages(similar), *earlier, HumanMessage(last)]


def _tool_lines(tools: Mapping[str, Callee]) -> str:
    return "\n".join(f"- {tool.signature}: {tool.description}" for tool in tools.values())


def repair_message(error: PlanError, request: str) -> BaseMessage:
    """Build the message that requests the plan again without these problems."""
    problems = "\n".join(map(str, error.problems))
    # Repeat the request: a small model would say "the same as before" in its plan.
    return HumanMessage(fill("repair.md", problems=problems, request=request))


def question_messages(request: str) -> list[BaseMessage]:
    """Build the messages that request an answer from knowledge alone."""
    return [SystemMessage(fill("question.md")), HumanMessage(request)]


def answer_messages(request: str, results: Mapping[str, str], failures: str) -> list[BaseMessage]:
    """Build the messages that request an answer from results."""
    listing = block("results", _name_lines(results, SHOWN_RESULT_CHARACTERS))
    if failures:
        listing += "\n" + block("failures", [quoted(failures, SHOWN_RESULT_CHARACTERS)])
    return [
        SystemMessage(fill("answer.md")),
        HumanMessage(f"{listing}\nRequest: {request}"),
    ]


def _example_messages(examples: Iterable[Example]) -> Iterator[BaseMessage]:
    for example in examples:
        yield HumanMessage(_ask(example.names, example.request))
        yield AIMessage(example.plan.strip())


def _ask(names: Mapping[str, str], request: str) -> str:
    return f"{block('names', _name_lines(names, SHOWN_CHARACTERS))}\nRequest: {request}"


def _name_lines(values: Mapping[str, str], limit: int) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name}: {quoted(value, limit)}"


def quoted(value: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Quote a value on one line, separate from the prompt's own text."""
    excerpt = value if len(value) <= limit else value[:limit] + "…"
    return json.dumps(escape_tags(excerpt), ensure_ascii=False)


def block(tag: str, lines: Iterable[str]) -> str:
    return "\n".join([f"<{tag}>", *lines, f"</{tag}>"])


def escape_tags(text: str) -> str:
    # Replace, not remove: what is left must not join into a tag.
    return re.sub(r"<(?=/?(?:names|answered|results|failures|trouble|problems)>)", "‹", text)


def fill(file: str, **values: str) -> str:
    return Template(_text(file)).substitute(values).strip()


@cache
def _text(file: str) -> str:
    return files("prompts").joinpath(file).read_text(encoding="utf-8")
