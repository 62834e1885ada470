"""Trying one tool: by its examples, or with arguments from the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agent.agent import Agent, Settings
from agent.outcome import Outcome
from agent.terminal import Terminal
from tools.check import SAMPLES, check_tool
from tools.errors import BadArgument, InputError, PluginError
from tools.plugin import Parameter, Tool
from tools.registry import Registry


async def check_tools(name: str, tool_files: tuple[Path, ...], profile: str) -> int:
    """Look at a tool, or at all tools of a file, and run their examples; 1 if anything is wrong."""
    is_file = name.endswith(".py")
    files = (*tool_files, Path(name)) if is_file else tool_files
    view = Terminal()
    sound = True
    async with Agent.open(Settings(profile=profile, tool_files=files)) as agent:
        registry = agent.orchestra.registry
        tools = _tools_of_file(registry, Path(name)) if is_file else [registry[name]]
        for tool in tools:
            for problem in check_tool(tool):
                sound = False
                view.note(f"{tool.name}: {problem}")
            for example in tool.examples:
                outcome = Outcome()
                events = agent.run(f"example of {tool.name}", plan=example, named_files=SAMPLES)
                async with aclosing(events):
                    async for event in events:
                        outcome.take(event)
                        view.show(event)
                sound = sound and outcome.state == "done"
    return 0 if sound else 1


def _tools_of_file(registry: Registry, path: Path) -> list[Tool[..., Any]]:
    for plugin in registry.broken:
        if Path(plugin.source).resolve() == path.resolve():
            raise PluginError(str(plugin).partition("\nhint: ")[0], hint=plugin.hint)
    sources = {tool.name: tool.source.rpartition(":")[0] for tool in registry.values()}
    return [registry[name] for name, file in sources.items() if Path(file).samefile(path)]


def call_as_plan(
    name: str, arguments: Sequence[str], tool_files: tuple[Path, ...]
) -> tuple[str, list[Path]]:
    """The plan that calls the tool with arguments written as `name=value`, and its files."""
    tool = Registry.load(tool_files)[name]
    parameters = {parameter.name: parameter for parameter in tool.parameters}
    files: list[tuple[str, Path]] = []
    written: list[str] = []
    for argument in arguments:
        key, separator, value = argument.partition("=")
        if not separator or key not in parameters:
            raise InputError(
                f"{argument!r} is not an argument of {tool.signature}",
                hint="write arguments as name=value",
            )
        written.append(f"{key}={_as_expression(parameters[key], value, files)}")
    return f'result = {name}({", ".join(written)})\nsay("{{result}}")', [path for _, path in files]


def _as_expression(parameter: Parameter, value: str, files: list[tuple[str, Path]]) -> str:
    """The value as the plan language writes it; a medium becomes one more file."""
    match parameter.type.name:
        case "Text":
            return json.dumps(value.replace("{", "{{").replace("}", "}}"), ensure_ascii=False)
        case "Number" | "Integer" | "Boolean":
            return value
        case "Region" | "Box":
            return f"box({value})"
        case "Image" | "Audio" | "Video":
            kind = parameter.type.name.lower()
            files.append((kind, Path(value)))
            return f"{kind}{sum(of == kind for of, _ in files)}"
        case other:
            raise BadArgument(
                f"{parameter} cannot be given on the command line",
                hint=f"write a plan that makes the {other}, and run it with: batuta run --plan",
            )
