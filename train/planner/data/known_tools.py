"""Tools that the trained planner calls without a description in the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from agent.plan import Callee
from agent.runtime.named_plans import NamedPlans
from tools.sdk.registry import Registry
from train.planner.data.everyday_tools import everyday_callees


@cache
def known_tools() -> Mapping[str, Callee]:
    """Return the built-in tools, named plans and everyday tools by name."""
    # The planner is trained without a user's own tools and plans.
    registry = Registry.load()
    plans = NamedPlans.load(registry)
    # A tool that exists replaces its signature here.
    tools = {name: tool for name, tool in registry.items() if not tool.internal}
    return {**everyday_callees(), **plans, **tools}
