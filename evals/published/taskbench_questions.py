"""Read TaskBench's files, with the older or the newer field names.

A folder holds tool_desc.json and data.json, a sample a line:

    {"id", "user_request", "task_steps", "task_nodes": [{"task", "arguments"}],
     "task_links": [{"source", "target"}]}
    {"id", "instruction", "tool_steps", "tool_nodes": "[…]", "tool_links": "[…]"}

`<node-2>` among arguments stands for the result of the third node. Where tools declare their output
type, links are results passed on (resource); otherwise they are an order (temporal).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.published.call_scores import PlannedCall
from evals.published.described_tools import ToolParameter, make_tool, plan_names
from evals.published.published_files import read_published
from evals.published.recorded_calls import RecordedCall
from tools.errors import InputError
from tools.sdk.tool import Tool

_FIELDS = {
    "request": ("user_request", "instruction"),
    "steps": ("task_steps", "tool_steps"),
    "nodes": ("task_nodes", "tool_nodes"),
    "links": ("task_links", "tool_links"),
}


@dataclass(frozen=True)
class ToolDescription:
    """One line of tool_desc.json."""

    id: str
    description: str
    inputs: Sequence[str]
    output_type: str
    """The type of its output; empty where the file has none."""
    uses_names: bool
    """Whether arguments are passed by name."""


@dataclass(frozen=True)
class ToolSet:
    """The tools of one domain."""

    tools: Mapping[str, ToolDescription]

    @property
    def passes_results(self) -> bool:
        """Return whether links are results passed on, not only an order."""
        return all(tool.output_type for tool in self.tools.values())

    def as_plan_tools(self) -> dict[str, Tool[..., Any]]:
        """Return the tools for plans; inputs and outputs are untyped."""
        names = plan_names(self.tools)
        plan_tools: dict[str, Tool[..., Any]] = {}
        for tool in self.tools.values():
            parameters = [ToolParameter(p, Any) for p in plan_names(tool.inputs).values()]
            if not parameters:
                parameters = [ToolParameter("given", Any, required=False)]
            name = names[tool.id]
            plan_tools[name] = make_tool(name, tool.description, parameters, returns=Any)
        return plan_tools


@dataclass(frozen=True)
class Graph:
    """A plan in TaskBench's form: nodes, links, and steps as text."""

    nodes: list[dict[str, Any]]
    links: list[dict[str, str]]
    steps: list[str]


@dataclass(frozen=True)
class TaskbenchQuestion:
    """A request and its reference."""

    id: str
    request: str
    type: str
    """single, chain or dag; empty where the file has none."""
    reference: Graph


def read_tools(folder: Path) -> ToolSet:
    """Read the tools of a domain's folder."""
    path = folder / "tool_desc.json"
    if not path.is_file():
        raise InputError(
            f"there is no tool_desc.json in {str(folder)!r}",
            hint="name one domain's folder with --data",
        )
    nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    return ToolSet({node["id"]: _description(node) for node in nodes})


def read_questions(folder: Path, *, any_version: bool = False) -> list[TaskbenchQuestion]:
    """Read the samples of a domain's folder."""
    entries = read_published(folder / "data.json", any_version=any_version)
    return [
        TaskbenchQuestion(
            id=str(entry["id"]),
            request=_field(entry, "request").strip(),
            type=entry.get("type", ""),
            reference=Graph(
                nodes=_parse_list(_field(entry, "nodes")),
                links=_parse_list(_field(entry, "links")),
                steps=_parse_list(_field(entry, "steps")),
            ),
        )
        for entry in entries
    ]


def as_graph(tools: ToolSet, calls: Sequence[RecordedCall]) -> Graph:
    """Convert a plan's calls to TaskBench's form, with the calls as steps."""
    ids = {plain: original for original, plain in plan_names(tools.tools).items()}
    nodes: list[dict[str, Any]] = []
    links: list[dict[str, str]] = []
    for call in calls:
        tool = tools.tools[ids[call.tool]]
        inputs = {plain: original for original, plain in plan_names(tool.inputs).items()}
        values = {inputs.get(name, name): _text(value) for name, value in call.arguments.items()}
        arguments: list[Any] = list(values.values()) if tool.output_type else []
        if tool.uses_names:
            arguments = [{"name": name, "value": value} for name, value in values.items()]
        if nodes:
            links.append({"source": nodes[-1]["task"], "target": tool.id})
        nodes.append({"task": tool.id, "arguments": arguments})
    steps = [
        f"Step {number} Call {ids[call.tool]} with {', '.join(map(_text, call.arguments.values()))}"
        for number, call in enumerate(calls, 1)
    ]
    return Graph(nodes, links, steps)


def graph_calls(graph: Graph) -> list[PlannedCall]:
    """Return the nodes as calls; arguments without names are named by their position."""
    calls: list[PlannedCall] = []
    for node in graph.nodes:
        arguments: dict[str, str] = {}
        for position, argument in enumerate(node.get("arguments", [])):
            if isinstance(argument, Mapping) and "name" in argument:
                arguments[str(argument["name"])] = _text(argument.get("value", ""))
            else:
                arguments[str(position)] = _text(argument)
        calls.append(PlannedCall(node["task"], arguments))
    return calls


def node_reference(number: int) -> str:
    """Return the reference to the result of the call with that number."""
    return f"<node-{number}>"


def _description(node: Mapping[str, Any]) -> ToolDescription:
    uses_names = "parameters" in node
    inputs = [p["name"] for p in node["parameters"]] if uses_names else _unique_inputs(node)
    output_types = node.get("output-type", [])
    # A tool without an output has the type "none", as in the published script.
    kind = (output_types[0] if output_types else "none") if "output-type" in node else ""
    return ToolDescription(node["id"], node["desc"], inputs, kind, uses_names)


def _unique_inputs(node: Mapping[str, Any]) -> list[str]:
    """Number input types that repeat, to unique names: `image`, `image2`."""
    kinds: list[str] = node.get("input-type", [])
    ordinals = [kinds[: index + 1].count(kind) for index, kind in enumerate(kinds)]
    return [f"{k}{n}" if n > 1 else k for k, n in zip(kinds, ordinals, strict=True)]


def _field(entry: Mapping[str, Any], name: str) -> Any:
    for wording in _FIELDS[name]:
        if wording in entry:
            return entry[wording]
    raise InputError(
        f"sample {entry.get('id')!r} has neither {' nor '.join(_FIELDS[name])}",
        hint="is this TaskBench's data.json?",
    )


def _parse_list(value: Any) -> Any:
    """Parse a list that the newer files store as a JSON string."""
    return json.loads(value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
