"""The two prompts that request a plan: with tools and examples, or for a fine-tuned model.

A general model needs every tool described and similar examples. A fine-tuned planner knows its
tools; only the others are described.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from agent.plan import Callee
from agent.planner.plan_examples import Example, most_similar, retrievable_examples
from agent.planner.prompts import ConversationTurn, plan_messages
from agent.planner.short_prompt import short_messages, tool_line


@dataclass(frozen=True)
class PlanPrompt:
    """The messages that request a plan, and the tools it may call."""

    messages: list[BaseMessage]
    tools: Mapping[str, Callee]


def short_prompt(
    known: Collection[str],
    tools: Mapping[str, Callee],
    absent: Mapping[str, Callee],
    descriptions: Mapping[str, str],
    turns: Sequence[ConversationTurn],
    request: str,
    trouble: str = "",
) -> PlanPrompt:
    """Build the prompt of a fine-tuned planner; `known` are the signatures it was trained with.

    It may call an unavailable tool: the caller then explains what is missing.
    """
    callable_tools = {**absent, **tools}
    unknown = [tool for tool in tools.values() if tool.signature not in known]
    messages = short_messages(map(tool_line, unknown), descriptions, turns, request, trouble)
    return PlanPrompt(messages, callable_tools)


def example_prompt(
    tools: Mapping[str, Callee],
    absent: Mapping[str, Callee],
    descriptions: Mapping[str, str],
    turns: Sequence[ConversationTurn],
    request: str,
    trouble: str = "",
) -> PlanPrompt:
    """Build the prompt of a general model: all tools, fixed examples and similar ones."""
    listed_tools = {**tools, **_without_example(absent)}
    similar = most_similar(request, descriptions, {*listed_tools, *absent})
    messages = plan_messages(listed_tools, descriptions, turns, request, trouble, similar)
    return PlanPrompt(messages, {**listed_tools, **_mentioned(absent, request, similar)})


def _without_example(absent: Mapping[str, Callee]) -> Mapping[str, Callee]:
    """Return the unavailable tools without an example, which every prompt lists."""
    explained = {name for example in retrievable_examples() for name in example.tools}
    return {name: tool for name, tool in absent.items() if name not in explained}


def _mentioned(
    absent: Mapping[str, Callee], request: str, similar: Iterable[Example]
) -> Mapping[str, Callee]:
    """Return the unavailable tools that the request or a similar example mentions.

    If all were listed, a small model would call one where another tool is right.
    """
    mentioned = {name for example in similar for name in example.tools}
    return {name: tool for name, tool in absent.items() if name in mentioned or name in request}
