"""Read the files of m&m's: tasks with human-verified plans for 33 tools.

The folder holds constants.py of its repository (the tools), and the rows of its data set as JSON
lines or a JSON list in one file test_….json or test_….jsonl:

    {"id", "user_request", "plan_str": "[{'id': 0, 'name': …, 'args': {…}}]", "alt_plans_str"}

`<node-0>.text` among arguments stands for an output of the first call.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.published.call_scores import PlannedCall
from evals.published.described_tools import ToolParameter, make_tool, plan_names
from evals.published.published_files import find_file, read_published
from evals.published.recorded_calls import RecordedCall
from tools.errors import InputError
from tools.sdk.tool import Tool

_TOOLS_NAME = "TOOL_METADATA"


@dataclass(frozen=True)
class MnmsTool:
    """A tool: its description, and the names of its inputs and outputs."""

    name: str
    description: str
    inputs: Sequence[str]
    outputs: Sequence[str]


@dataclass(frozen=True)
class MnmsQuestion:
    """A request and its reference plans; the first is the main one."""

    id: str
    request: str
    references: list[list[PlannedCall]]


def read_tools(folder: Path) -> dict[str, MnmsTool]:
    """Read the tools from constants.py, as data: nothing of it is run."""
    path = folder / "constants.py"
    if not path.is_file():
        raise InputError(
            f"there is no constants.py in {str(folder)!r}",
            hint="put the file of m&m's repository there; name the folder with --data",
        )
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == _TOOLS_NAME:
            metadata: Mapping[str, Any] = ast.literal_eval(statement.value)
            return {name: _tool(name, entry) for name, entry in metadata.items()}
    raise InputError(
        f"{str(path)!r} does not assign {_TOOLS_NAME}", hint="is it the file of m&m's repository?"
    )


def read_questions(folder: Path, *, any_version: bool = False) -> list[MnmsQuestion]:
    """Read the tasks with their plans."""
    path = find_file(folder, r"test_.*\.jsonl?")
    questions: list[MnmsQuestion] = []
    for row in read_published(path, any_version=any_version):
        plans = [_literal(row["plan_str"]), *_literal(row.get("alt_plans_str") or "[]")]
        references = [[_reference_call(node) for node in plan] for plan in plans]
        questions.append(MnmsQuestion(str(row["id"]), row["user_request"].strip(), references))
    return questions


def as_plan_tools(tools: Mapping[str, MnmsTool]) -> dict[str, Tool[..., Any]]:
    """Return the tools for plans; inputs and outputs are untyped."""
    plan_tools: dict[str, Tool[..., Any]] = {}
    for name, plan_name in plan_names(tools).items():
        inputs = plan_names(tools[name].inputs).values()
        parameters = [ToolParameter(plain, Any) for plain in inputs]
        plan_tools[plan_name] = make_tool(plan_name, tools[name].description, parameters, Any)
    return plan_tools


def as_calls(tools: Mapping[str, MnmsTool], recorded: Sequence[RecordedCall]) -> list[PlannedCall]:
    """Return recorded calls with the names of m&m's; a result is an output of its call."""
    names = {plain: name for name, plain in plan_names(tools).items()}
    calls: list[PlannedCall] = []
    for call in recorded:
        tool = tools[names[call.tool]]
        inputs = {plain: name for name, plain in plan_names(tool.inputs).items()}
        arguments = {
            inputs[name]: _with_outputs(str(value), inputs[name], calls, tools)
            for name, value in call.arguments.items()
        }
        calls.append(PlannedCall(tool.name, arguments))
    return calls


def node_reference(number: int) -> str:
    """Return the stand-in for the result of the call with that number."""
    return f"<node-{number}>"


def _with_outputs(
    text: str, parameter: str, calls: Sequence[PlannedCall], tools: Mapping[str, MnmsTool]
) -> str:
    """Name the output that a parameter takes: that of its own name, or the first."""
    for number, call in enumerate(calls):
        outputs = tools[call.tool].outputs
        output = next(
            (name for name in outputs if name.rstrip("s") == parameter.rstrip("s")), outputs[0]
        )
        text = text.replace(node_reference(number), f"{node_reference(number)}.{output}")
    return text


def _reference_call(node: Mapping[str, Any]) -> PlannedCall:
    return PlannedCall(node["name"], {name: str(value) for name, value in node["args"].items()})


def _tool(name: str, entry: Mapping[str, Any]) -> MnmsTool:
    return MnmsTool(
        name, entry["description"], entry["input"]["arg_name"], entry["output"]["arg_name"]
    )


def _literal(text: Any) -> list[Any]:
    """Return the list that a field holds as text of Python."""
    return ast.literal_eval(text) if isinstance(text, str) else text
