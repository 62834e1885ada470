"""Visual ChatGPT: a ReAct loop in which files are known by name and each tool takes one text.

Wu et al. 2023, arXiv:2303.04671, and the published program of microsoft/TaskMatrix, with prompts of
our own. As there, the language model writes a thought, an action and its input, reads the
observation, and answers behind `AI:`; several values of an input are separated by commas.
Differently from there, steps are messages of a chat, two examples show the format, which a small
model copies word for word otherwise, and what goes wrong is an observation where the published
program would end.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import cycle
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.planner.llm.static_prompt import mark_static
from agent.planner.prompts import fill
from evals.peers.peer_failures import PeerError, PeerFailure
from evals.peers.workspace import MAX_STEPS, Workspace, parameters_of
from tools.sdk.tool import Tool

_FOLDER = "peers/visual_chatgpt"
_ANSWER_MARK = "AI:"
_OBSERVATION_MARK = "Observation:"
_ACTION = re.compile(r"Action: (.*?)\n*Action Input: ?(.*)", re.DOTALL)


async def answer_as_visual_chatgpt(workspace: Workspace, request: str) -> object:
    """Answer in a loop of thoughts, actions and observations."""
    messages = _first_messages(workspace, request)
    for _ in range(MAX_STEPS):
        text = await workspace.ask(messages, stop=[f"\n{_OBSERVATION_MARK}"])
        if _ANSWER_MARK in text:
            return text.rpartition(_ANSWER_MARK)[2].strip()
        observation = await _observe(workspace, text)
        messages += [AIMessage(text), HumanMessage(f"{_OBSERVATION_MARK} {observation}")]
    raise PeerError(
        PeerFailure.TOO_MANY_STEPS,
        f"there is no answer after {MAX_STEPS} steps",
        hint="see the steps in the plan of the attempt",
    )


def _first_messages(workspace: Workspace, request: str) -> list[BaseMessage]:
    lines = [_tool_line(tool) for tool in workspace.tools.values()]
    rules = fill(f"{_FOLDER}/rules.md", tools="\n".join(lines))
    messages: list[BaseMessage] = [SystemMessage(rules)]
    for example in _examples():
        if workspace.tools.keys() >= set(example["tools"]):
            turns = zip(cycle((HumanMessage, AIMessage)), example["messages"], strict=False)
            messages += [turn(text) for turn, text in turns]
    messages = mark_static(messages)
    for name, description in workspace.describe_files().items():
        file_text = fill(f"{_FOLDER}/file.md", name=name, description=description)
        messages += [HumanMessage(file_text), AIMessage("Received.")]
    return [*messages, HumanMessage(request)]


@cache
def _examples() -> Sequence[Mapping[str, Sequence[str]]]:
    path = files("prompts").joinpath(f"{_FOLDER}/examples.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))["example"]


def _tool_line(tool: Tool[..., Any]) -> str:
    inputs = ", ".join(map(str, parameters_of(tool)))
    return f"- {tool.name}: {tool.description} Input: {inputs}"


async def _observe(workspace: Workspace, text: str) -> str:
    """Take the action of an output and return what is observed."""
    match = _ACTION.search(text)
    if match is None:
        failure = PeerError(
            PeerFailure.UNPARSABLE,
            f"the output has neither an action nor an answer: {text!r}",
            hint="the format is in prompts/peers/visual_chatgpt/rules.md",
        )
        workspace.record(failure, text)
        return fill(f"{_FOLDER}/malformed.md")
    name, tool_input = match[1].strip(), match[2].strip()
    tool = workspace.tools.get(name)
    arguments = _arguments(workspace, tool, tool_input) if tool else {}
    try:
        value = await workspace.call(name, arguments)
    except PeerError as failure:
        return str(failure)
    return workspace.describe(value, as_files=True)


def _arguments(workspace: Workspace, tool: Tool[..., Any], text: str) -> dict[str, object]:
    """Divide the input at its commas; commas too many belong to the text among its values."""
    parameters = parameters_of(tool)
    parts = [part.strip().strip("`\"'") for part in text.split(",")]
    arguments: dict[str, object] = {}
    surplus = max(0, len(parts) - len(parameters))
    texts = [p.name for p in parameters if p.type.name == "Text" and not p.type.choices]
    long_one = (texts or [parameters[-1].name])[0]
    for parameter in parameters:
        count = 1 + surplus if parameter.name == long_one else 1
        if parameter.type.item:
            count = _count_names(workspace, parts)
            surplus = max(0, len(parts) - count - len(parameters) + 1)
            arguments[parameter.name] = parts[:count]
        elif part := ", ".join(parts[:count]):
            arguments[parameter.name] = part
        parts = parts[count:]
    return arguments


def _count_names(workspace: Workspace, parts: Sequence[str]) -> int:
    """Return how many parts at the beginning are names of values."""
    is_name = [workspace.resolve(part) is not part for part in parts]
    return next((index for index, name in enumerate(is_name) if not name), len(parts))
