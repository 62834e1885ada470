"""Parts of planning that may be left out, to measure what each contributes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlannerSettings:
    """What a planner's prompt holds, and whether its plans are checked."""

    checks_plans: bool = True
    """Otherwise every plan that can be parsed is accepted; a wrong one fails when it runs."""
    shows_examples: bool = True
    selects_tools: bool = True
    """Otherwise all tools are described in every prompt."""


DEFAULT_SETTINGS = PlannerSettings()
