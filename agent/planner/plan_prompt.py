"""The two prompts that request a plan: with tools and examples, or for a fine-tuned model.

A general model needs tools described and similar examples. Everyday tools are many and simple: they
are described where a similar example calls them. A fine-tuned planner knows its tools; only the
others are described.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage

from agent.plan import Callee
from agent.planner.plan_examples import (
    SIMILAR_EXAMPLES,
    Example,
    everyday_tools,
    fixed_examples,
    most_similar,
    retrievable_examples,
)
from agent.planner.planner_settings import DEFAULT_SETTINGS, PlannerSettings
from agent.planner.prompts import ConversationTurn, plan_messages
from agent.planner.short_prompt import short_messages, tool_line

CONSULTED_EXAMPLES = 8
"""Whose everyday tools are described; SIMILAR_EXAMPLES of them are shown."""


@dataclass(frozen=True)
class PlanPrompt:
    """The messages that request a plan, and the tools it may call."""

    messages: list[BaseMessage]
    tools: Mapping[str, Callee]
    new_tools: Mapping[str, Callee] = field(default_factory=dict[str, Callee])
    """Those that a fine-tuned planner reads about for the first time."""


def short_prompt(
    known_signatures: Collection[str],
    tools: Mapping[str, Callee],
    absent: Mapping[str, Callee],
    descriptions: Mapping[str, str],
    turns: Sequence[ConversationTurn],
    request: str,
    trouble: str = "",
) -> PlanPrompt:
    """Build the prompt of a planner that was trained with the tools of these signatures.

    It may call an unavailable tool: the caller then explains what is missing. Of the everyday tools
    that it does not know, only those that a similar example or the request mentions are described.
    """
    callable_tools = {**absent, **tools}
    unknown = {name: tool for name, tool in tools.items() if tool.signature not in known_signatures}
    if everyday := {name: tool for name, tool in unknown.items() if name in everyday_tools()}:
        similar = most_similar(request, descriptions, {*tools, *absent}, SIMILAR_EXAMPLES)
        mentioned = mentioned_tools(everyday, f"{request} {_plans_of(turns)}", similar)
        unknown = {
            name: tool
            for name, tool in unknown.items()
            if name not in everyday or name in mentioned
        }
    lines = map(tool_line, unknown.values())
    messages = short_messages(lines, descriptions, turns, request, trouble)
    return PlanPrompt(messages, callable_tools, unknown)


def example_prompt(
    tools: Mapping[str, Callee],
    absent: Mapping[str, Callee],
    descriptions: Mapping[str, str],
    turns: Sequence[ConversationTurn],
    request: str,
    trouble: str = "",
    *,
    settings: PlannerSettings = DEFAULT_SETTINGS,
) -> PlanPrompt:
    """Build the prompt of a general model: tools, fixed examples and similar ones."""
    everyday = {name: tool for name, tool in tools.items() if name in everyday_tools()}
    listed_tools = {name: tool for name, tool in tools.items() if name not in everyday}
    listed_tools |= _without_example(absent)
    similar = most_similar(request, descriptions, {*tools, *absent}, CONSULTED_EXAMPLES)
    more_tools, absent_tools = everyday, absent
    if settings.selects_tools:
        more_tools = mentioned_tools(everyday, f"{request} {_plans_of(turns)}", similar)
        absent_tools = mentioned_tools(absent, request, similar[-SIMILAR_EXAMPLES:])
    messages = plan_messages(
        listed_tools,
        descriptions,
        turns,
        request,
        trouble,
        similar[-SIMILAR_EXAMPLES:] if settings.shows_examples else (),
        more_tools,
        fixed=fixed_examples() if settings.shows_examples else (),
    )
    return PlanPrompt(messages, {**listed_tools, **more_tools, **absent_tools})


def _without_example(absent: Mapping[str, Callee]) -> Mapping[str, Callee]:
    """Return the unavailable tools without an example, which every prompt lists."""
    explained = {name for example in retrievable_examples() for name in example.tools}
    return {name: tool for name, tool in absent.items() if name not in explained}


def _plans_of(turns: Sequence[ConversationTurn]) -> str:
    return " ".join(turn.plan for turn in turns)


def mentioned_tools(
    tools: Mapping[str, Callee], text: str, similar: Iterable[Example]
) -> Mapping[str, Callee]:
    """Return the tools that a text or a similar example mentions.

    If all were listed, a small model would call one where another tool is right.
    """
    mentioned = {name for example in similar for name in example.tools}
    return {name: tool for name, tool in tools.items() if name in mentioned or name in text}
