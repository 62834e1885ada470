"""Tools that the trained planner calls without a description in the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from agent.plan import Callee
from agent.runtime.named_plans import NamedPlans
from tools.sdk.registry import Registry
from train.planner.data.everyday_tools import everyday_callees

_NO_FOLDER = Path("/nonexistent")
"""The planner is trained without a user's own tools and plans."""


@cache
def known_tools() -> Mapping[str, Callee]:
    """Return the built-in tools, named plans and everyday tools by name."""
    registry = Registry.load(user_folder=_NO_FOLDER)
    plans = NamedPlans.load(registry, user_folder=_NO_FOLDER)
    # A tool that exists replaces its signature here.
    return {**everyday_callees(), **plans, **registry}
