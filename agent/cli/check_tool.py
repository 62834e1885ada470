"""Check a tool by its examples, or call it with arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from agent.cli.terminal import Terminal
from agent.plan import Callee
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.named_plans import SUFFIX
from agent.runtime.session import Session
from tools.errors import BadArgument, InputError, PluginError
from tools.sdk.tool import Parameter
from tools.sdk.tool_check import SAMPLES, check_tool


async def check_tools(name: str, tool_files: tuple[Path, ...], profile: str) -> int:
    """Check a tool, or a file of tools, and run their examples.

    Return the exit code: 1 if a check or an example fails.
    """
    is_file = name.endswith((".py", SUFFIX))
    files = (*tool_files, Path(name)) if is_file else tool_files
    view = Terminal()
    passes = True
    async with AgentRuntime.open(Settings(profile=profile, tool_files=files)) as agent:
        session = agent.session
        tools = _tools_in_file(session, Path(name)) if is_file else [session.find(name)]
        for tool in tools:
            for problem in check_tool(tool):
                passes = False
                view.note(f"{tool.name}: {problem}")
            for example in tool.examples:
                events = agent.run(f"example of {tool.name}", plan=example, named_files=SAMPLES)
                outcome = await RunOutcome().consume(events, view.show)
                passes = passes and outcome.state == "done"
    return 0 if passes else 1


def _tools_in_file(session: Session, path: Path) -> list[Callee]:
    for plugin in session.broken:
        if Path(plugin.source).resolve() == path.resolve():
            raise PluginError(plugin.message, hint=plugin.hint)
    return [
        callee
        for callee in (*session.registry.values(), *session.plans.values())
        if Path(re.sub(r":\d+$", "", callee.source)).resolve() == path.resolve()
    ]


def call_as_plan(tool: Callee, arguments: Sequence[str]) -> tuple[str, list[Path]]:
    """Return a plan that calls the tool, and the files it reads.

    Arguments are written as `name=value`.
    """
    parameters = {parameter.name: parameter for parameter in tool.parameters}
    files: list[tuple[str, Path]] = []
    expressions: list[str] = []
    for argument in arguments:
        key, separator, value = argument.partition("=")
        if not separator or key not in parameters:
            raise InputError(
                f"{argument!r} is not an argument of {tool.signature}",
                hint="write arguments as name=value",
            )
        expressions.append(f"{key}={_as_expression(parameters[key], value, files)}")
    return f'result = {tool.name}({", ".join(expressions)})\nsay("{{result}}")', [
        path for _, path in files
    ]


def _as_expression(parameter: Parameter, value: str, files: list[tuple[str, Path]]) -> str:
    """Return a value as an expression of a plan.

    The path of a medium is added to `files`.
    """
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
            return f"{kind}{sum(other_kind == kind for other_kind, _ in files)}"
        case other:
            raise BadArgument(
                f"{parameter} cannot be passed on the command line",
                hint=f"write a plan that makes the {other}, and run it with: batuta run --plan",
            )
