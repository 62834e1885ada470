"""A plan that has a name and typed inputs, so that other plans can call it like a tool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.sdk.plan_types import Type
from tools.sdk.tool import Parameter, Tool, show_signature

if TYPE_CHECKING:
    from agent.plan.check.plan_check import CheckedPlan

RESULT = "result"
"""The name whose value a named plan gives back."""


@dataclass(frozen=True)
class NamedPlan:
    """What a call of it means: the commands of `body`, with the arguments as its names."""

    name: str
    description: str
    examples: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    returns: Type
    body: CheckedPlan = field(repr=False)
    calls: int
    """How many calls of tools it makes, those of plans that it calls included."""
    source: str
    text: str = field(repr=False)
    """As it was written, with its header."""

    @property
    def signature(self) -> str:
        """As a tool's: `name(parameter: Type = default) -> Type`."""
        return show_signature(self.name, self.parameters, self.returns)


Callee = Tool[..., Any] | NamedPlan
"""What a plan can call."""
