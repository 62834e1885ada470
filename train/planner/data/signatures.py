"""Tool signatures from one line of text, for planning without an implementation.

>>> blur = parse_signature("blur(image: Image, amount: Number = 0.5) -> Image: Blur a picture.")
>>> blur.parameters[1].default
0.5
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from agent.plan import Callee
from tools.errors import InputError
from tools.sdk.plan_types import Type, Value, list_of
from tools.sdk.tool import Parameter, show_signature

_SIGNATURE = re.compile(r"(\w+)\((.*)\) -> ([^:]+): (.+)", re.DOTALL)


@dataclass(frozen=True)
class ToolSignature:
    """The part of a tool that the plan checker reads."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    returns: Type
    seeded: bool = False
    cache: bool = True
    commutes: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """Return `name(parameter: Type = default) -> Type`, as prompts show it."""
        return show_signature(self.name, self.parameters, self.returns)

    @property
    def line(self) -> str:
        """Return the signature with the description, as a prompt lists a tool."""
        return f"{self.signature}: {self.description}"

    def as_callee(self) -> Callee:
        """Cast to the checker's type; every attribute that it reads exists."""
        return cast("Callee", self)

    def returning(self, kind: Type) -> ToolSignature:
        """Return the same signature with another result type."""
        return replace(self, returns=kind)


def parse_signature(line: str) -> ToolSignature:
    """Parse `name(a: Type = default) -> Type: Description`."""
    match = _SIGNATURE.fullmatch(" ".join(line.split()))
    if not match:
        raise InputError(
            f"{line!r} is not a tool signature",
            hint="write it as in: blur(image: Image, amount: Number = 0.5) -> Image: Blur it.",
        )
    name, parameters, returns, description = match.groups()
    parsed = tuple(map(_parse_parameter, _split(parameters)))
    return ToolSignature(name, description.strip(), parsed, _parse_type(returns))


def parse_signatures(text: str) -> dict[str, ToolSignature]:
    """Parse one signature per line, without comments and empty lines."""
    lines = (line.strip() for line in text.splitlines())
    tools = [parse_signature(line) for line in lines if line and not line.startswith("#")]
    return {tool.name: tool for tool in tools}


def as_callees(tools: Iterable[ToolSignature]) -> Mapping[str, Callee]:
    """Return the signatures by name, as types for the checker."""
    return {tool.name: tool.as_callee() for tool in tools}


def _split(parameters: str) -> Iterator[str]:
    """Split at commas that are not inside quotes or brackets."""
    depth, quote, start = 0, "", 0
    for index, character in enumerate(parameters):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[]":
            depth += 1 if character == "[" else -1
        elif character == "," and depth == 0:
            yield parameters[start:index].strip()
            start = index + 1
    if parameters[start:].strip():
        yield parameters[start:].strip()


def _parse_parameter(text: str) -> Parameter:
    name, _, rest = text.partition(":")
    kind, has_default, default = rest.partition(" = ")
    value = cast("Value", ast.literal_eval(default.strip())) if has_default else None
    return Parameter(name.strip(), _parse_type(kind), not has_default, value)


def _parse_type(text: str) -> Type:
    text = text.strip()
    if text.endswith(" or None"):
        return replace(_parse_type(text.removesuffix(" or None")), optional=True)
    if text.startswith('"'):
        choices = tuple(choice.strip().strip('"') for choice in text.split(" or "))
        return Type("Text", choices=choices)
    if text.startswith("list[") and text.endswith("]"):
        return list_of(_parse_type(text[5:-1]))
    if not re.fullmatch(r"[A-Z][A-Za-z]*", text):
        raise InputError(f"{text!r} is not a type", hint='write Text, list[Image], "a" or "b" …')
    return Type(text)
