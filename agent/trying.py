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
from tools.errors import BadArgument, InputError, PluginError
from tools.plugin import Parameter, Tool
from tools.registry import Registry

SAMPLES = Path(__file__).parents[1] / "tools" / "samples"
"""Files that the examples of tools are about, by their names: photo, sign, speech."""


async def check_tools(name: str, tool_files: tuple[Path, ...], profile: str) -> int:
    """Run the examples of a tool, or of all tools of a file; 1 if any fails."""
    path = Path(name)
    files = (*tool_files, path) if path.suffix == ".py" else tool_files
    samples = {sample.stem: sample for sample in SAMPLES.iterdir() if sample.suffix != ".md"}
    view = Terminal()
    failed = False
    async with Agent.open(Settings(profile=profile, tool_files=files)) as agent:
        for tool in _named_tools(agent.orchestra.registry, name):
            if not tool.examples:
                view.note(f"{tool.name}: is well defined, but has no example to run")
            for example in tool.examples:
                outcome = Outcome()
                events = agent.run(f"example of {tool.name}", plan=example, named_files=samples)
                async with aclosing(events):
                    async for event in events:
                        outcome.take(event)
                        view.show(event)
                failed = failed or outcome.state != "done"
    return 1 if failed else 0


def _named_tools(registry: Registry, name: str) -> Sequence[Tool[..., Any]]:
    if not name.endswith(".py"):
        return [registry[name]]
    file = str(Path(name).resolve())
    for plugin in registry.broken:
        if Path(plugin.source.partition(":")[0]).resolve() == Path(file):
            raise PluginError(f"{plugin.source}: {plugin.error}", hint=plugin.hint)
    found = [tool for tool in registry.values() if tool.source.rpartition(":")[0] == file]
    if not found:
        raise InputError(f"there is no tool in {name!r}", hint="decorate a function with @tool")
    return found


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
