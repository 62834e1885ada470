"""Tools that the client of a run executes: a plan that calls one waits for its result."""

from __future__ import annotations

import inspect
import json
import keyword
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from agent.record.artifacts import Encoded
from agent.record.events import ClientCall, CommandFinished
from tools.errors import BatutaError
from tools.sdk.tool import Tool
from tools.sdk.typed_function import SEED

MAX_DESCRIPTION = 300
"""Characters of a tool's description in the planner's prompt."""
_MAX_SHOWN = 80
_HINTS: Mapping[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}


class ClientCallPending(BatutaError):  # noqa: N818
    """The client has to run this call."""


@dataclass(frozen=True)
class ClientTool:
    """A tool of the client as plans call it, and the names that the client knows."""

    tool: Tool[..., Any]
    client_name: str
    parameters: Mapping[str, str]
    """The client's name of each parameter, by its name in plans."""
    json_parameters: frozenset[str]
    """The parameters that plans give as JSON text."""

    def arguments_json(self, arguments: Mapping[str, Encoded]) -> str:
        """Return the arguments of a call as the client knows them; absent ones are left out."""
        return json.dumps(
            {
                self.parameters[name]: _parsed(value) if name in self.json_parameters else value
                for name, value in arguments.items()
                if value is not None
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True)
class ClientResults:
    """The results of the calls that a run waits for, by path, and the client's tools."""

    tools: Sequence[Tool[..., Any]]
    values: Mapping[str, str]


def client_tool(
    name: str, description: str, schema: Mapping[str, Any], existing_names: Container[str]
) -> ClientTool:
    """Build a tool from a name, a description and a JSON schema of its parameters."""
    plan_name = _plan_name(name, existing_names)
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties") or {})
    required = set(cast("Sequence[str]", schema.get("required") or ()))
    names = {_parameter_name(parameter): parameter for parameter in properties}
    if len(names) < len(properties):
        raise ValueError(f"two of the parameters {sorted(properties)} have equal names in plans")
    hints = {name: _hint(properties[parameter]) for name, parameter in names.items()}
    words = " ".join(description.replace(">>>", "").split())[:MAX_DESCRIPTION]
    json_names = frozenset(name for name, hint in hints.items() if hint is None)
    if json_names:
        words = f"{words} Write {', '.join(sorted(json_names))} as JSON, with doubled braces."
    ordered = sorted(names, key=lambda name: names[name] not in required)
    parameters = [
        _parameter(name, hints[name] or str, is_required=names[name] in required)
        for name in ordered
    ]
    return ClientTool(
        _tool(plan_name, words or f"Call {plan_name}.", parameters), name, names, json_names
    )


def finished_event(call: ClientCall, text: str) -> CommandFinished:
    """Return the event that records the client's result of a call."""
    return CommandFinished(
        attempt=call.attempt,
        path=call.path,
        name=call.name,
        tool=call.tool,
        value=text,
        result_text=text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…",
        seconds=0.0,
        cached=False,
    )


def _tool(name: str, description: str, parameters: Sequence[inspect.Parameter]) -> Tool[..., Any]:
    def call(**arguments: Any) -> str:
        raise ClientCallPending(f"{name} is run by the client")

    call.__name__ = name
    call.__doc__ = description
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": str}
    return Tool(call, cache=False)


def _parameter(name: str, hint: Any, *, is_required: bool) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    if is_required:
        return inspect.Parameter(name, kind, annotation=hint)
    return inspect.Parameter(name, kind, annotation=hint | None, default=None)


def _hint(schema: Mapping[str, Any]) -> Any:
    """Return the type hint of a JSON schema; None for what plans give as JSON text."""
    variants = cast("Sequence[Mapping[str, Any]]", schema.get("anyOf") or ())
    others = [variant for variant in variants if variant.get("type") != "null"]
    if len(others) == 1:
        return _hint(others[0])
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in cast("list[str]", kind) if one != "null"]
        kind = kinds[0] if len(kinds) == 1 else None
    choices = schema.get("enum")
    if kind == "string" and isinstance(choices, list):
        texts = tuple(one for one in cast("list[object]", choices) if isinstance(one, str))
        return Literal[texts] if texts else str  # type: ignore[valid-type]
    if kind == "array" and isinstance(items := schema.get("items"), dict):
        item = _HINTS.get(str(cast("dict[str, object]", items).get("type")))
        return list[item] if item else None  # type: ignore[valid-type]
    return _HINTS.get(str(kind))


def _plan_name(name: str, existing_names: Container[str]) -> str:
    plan_name = re.sub(r"\W", "_", name, flags=re.ASCII).lower().lstrip("_0123456789")
    if not plan_name or keyword.iskeyword(plan_name) or plan_name in existing_names:
        plan_name = f"{plan_name or 'tool'}_of_client"
    return plan_name


def _parameter_name(name: str) -> str:
    plan_name = re.sub(r"\W", "_", name, flags=re.ASCII).lstrip("_0123456789")
    if not plan_name or keyword.iskeyword(plan_name) or plan_name == SEED:
        plan_name = f"{plan_name}_value".lstrip("_")
    return plan_name


def _parsed(value: Encoded) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
