"""The prompt of a fine-tuned planner: rules, names in use, request.

Training and inference build it with the same function, since a fine-tuned model needs the prompt
it was trained with. Only tools that it was not trained with are listed, in the static part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.planner.llm.static_prompt import mark_static
from agent.planner.prompts import SHOWN_TURNS, ConversationTurn, block, escape_tags, fill, quoted

if TYPE_CHECKING:
    from agent.plan import Callee

SHOWN_CHARACTERS = 100
"""Limit of each value: tools get the value itself, so the planner only has to recognise it."""
SHOWN_ANSWER_CHARACTERS = 150


def short_messages(
    tools: Iterable[str],
    names: Mapping[str, str],
    turns: Sequence[ConversationTurn],
    request: str,
    trouble: str = "",
) -> list[BaseMessage]:
    """Build the messages that request a plan from a fine-tuned planner.

    `tools` are lines for the tools it was not trained with (`tool_line`), `names` describes each
    name in use, `trouble` says why an earlier plan failed.
    """
    earlier: list[BaseMessage] = []
    answer = ""
    for turn in turns[-SHOWN_TURNS:]:
        earlier += [HumanMessage(answer + _ask({}, turn.request)), AIMessage(turn.plan.strip())]
        answer = block("answered", [quoted(turn.answer, SHOWN_ANSWER_CHARACTERS)]) + "\n"
    last = answer + _ask(names, request)
    if trouble:
        last = f"{fill('trouble.md', trouble=escape_tags(trouble))}\n{last}"
    return [*mark_static([SystemMessage(_rules(tools))]), *earlier, HumanMessage(last)]


def tool_line(tool: Callee) -> str:
    """Describe a tool in one line, as training data and prompts do."""
    return f"{tool.signature}: {' '.join(tool.description.split())}"


def _rules(tools: Iterable[str]) -> str:
    rules = fill("fine_tuned_planner.md")
    listed = "\n".join(f"- {line}" for line in tools)
    return f"{rules}\n\n{fill('fine_tuned_planner_tools.md', tools=listed)}" if listed else rules


def _ask(names: Mapping[str, str], request: str) -> str:
    if not names:
        return f"Request: {request}"
    return f"{block('names', _name_lines(names))}\nRequest: {request}"


def _name_lines(names: Mapping[str, str]) -> Iterable[str]:
    """Group names with the same description on one line."""
    for value, group in groupby(names, key=names.__getitem__):
        yield f"{', '.join(group)}: {quoted(value, SHOWN_CHARACTERS)}"
