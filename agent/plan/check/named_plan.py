"""Define named plans, which other plans call like tools."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.sdk.plan_types import Type
from tools.sdk.tool import Parameter, Tool, show_signature

if TYPE_CHECKING:
    from agent.plan.check.plan_check import CheckedPlan

RESULT = "result"
REMARK = "remark"
"""A text that a named plan may assign: the answer gets it as a sentence of its own."""
"""The name whose value a named plan returns."""


@dataclass(frozen=True)
class NamedPlan:
    """A plan with typed inputs, which are names in its `body`."""

    name: str
    description: str
    examples: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    returns: Type
    body: CheckedPlan = field(repr=False)
    calls: int
    """Number of tool calls, including those of named plans that it calls."""
    source: str
    text: str = field(repr=False)
    """The source text, with its header."""

    @property
    def signature(self) -> str:
        """Return the signature, `name(parameter: Type = default) -> Type`."""
        return show_signature(self.name, self.parameters, self.returns)


Callee = Tool[..., Any] | NamedPlan
"""Anything that a plan can call, except builtins."""
