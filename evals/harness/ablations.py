"""Leave out one part of the agent at a time, to measure what it contributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent.planner.planner_settings import DEFAULT_SETTINGS, PlannerSettings
from agent.record.budget import Budget
from agent.runtime.agent_runtime import Settings
from tools.errors import InputError

FULL = "full"
"""The agent as it is."""


@dataclass(frozen=True)
class Ablation:
    """A part of the agent that is left out."""

    name: str
    without: str
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    """Limits of the budget that take the part away."""
    planner: PlannerSettings = DEFAULT_SETTINGS
    needs_examples: bool = False
    """Whether it changes only prompts with examples, which a fine-tuned planner does not read."""


ABLATIONS = {
    ablation.name: ablation
    for ablation in (
        Ablation(FULL, "nothing: the agent as it is"),
        Ablation(
            "no-checker",
            "the checks of types, names and claims",
            planner=PlannerSettings(checks_plans=False),
        ),
        Ablation(
            "no-repair",
            "second tries at a plan that is refused or fails",
            limits={"repairs": 0, "replans": 0},
        ),
        Ablation(
            "no-examples",
            "examples in the prompt",
            planner=PlannerSettings(shows_examples=False),
            needs_examples=True,
        ),
        Ablation(
            "no-tool-choice",
            "the choice of tools: all are described in every prompt",
            planner=PlannerSettings(selects_tools=False),
            needs_examples=True,
        ),
        Ablation(
            "sequential",
            "the dataflow scheduler: one command at a time",
            limits={"parallel_commands": 1},
        ),
    )
}


def find_ablation(name: str) -> Ablation:
    """Return an ablation by name; "" is the full agent."""
    ablation = ABLATIONS.get(name or FULL)
    if ablation is None:
        raise InputError(
            f"there is no ablation {name!r}; there are: {', '.join(ABLATIONS)}",
            hint="batuta eval ablations runs all of them",
        )
    return ablation


def ablated_settings(
    settings: Settings, ablation: Ablation, budget: Mapping[str, float]
) -> Settings:
    """Return the settings of an agent without the part, and with these limits of a request."""
    limits = {**ablation.limits, **budget}
    return replace(
        settings,
        planner=ablation.planner,
        budget=replace(Budget(), **limits),  # pyright: ignore[reportArgumentType]
    )
