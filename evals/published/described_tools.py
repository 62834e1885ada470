"""Build tools for planning only, from the descriptions of published suites."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.plan.syntax.tree import BUILTINS, SAY
from tools.sdk.tool import Tool


@dataclass(frozen=True)
class ToolParameter:
    """A parameter with the Python type of its values in plans."""

    name: str
    hint: Any
    required: bool = True


def make_tool(
    name: str, description: str, parameters: Iterable[ToolParameter], returns: Any = str
) -> Tool[..., Any]:
    """Build a tool with this signature; calling it raises NotImplementedError."""
    ordered = sorted(parameters, key=lambda parameter: not parameter.required)

    def planned_only(**arguments: Any) -> Any:
        raise NotImplementedError(f"{name} is only planned with")

    planned_only.__name__ = name
    planned_only.__doc__ = " ".join(description.split()) or name
    hints = {p.name: p.hint if p.required else p.hint | None for p in ordered}
    planned_only.__annotations__ = {**hints, "return": returns}
    planned_only.__signature__ = inspect.Signature(  # pyright: ignore[reportFunctionMemberAccess]
        [
            inspect.Parameter(
                p.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if p.required else None,
            )
            for p in ordered
        ]
    )
    return Tool(planned_only, cache=True)


def plan_names(names: Iterable[str]) -> Mapping[str, str]:
    """Map each name to a unique identifier of the plan language."""
    result: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_") or "unnamed"
        if plain[0].isdigit():
            plain = f"n{plain}"
        if keyword.iskeyword(plain) or plain in (*BUILTINS, SAY):
            plain += "_"
        while plain in result.values():
            plain += "_"
        result[name] = plain
    return result
