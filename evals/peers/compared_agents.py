"""The names of the agents that are compared. Imports nothing heavy: the command line lists them."""

from __future__ import annotations

from collections.abc import Mapping

from tools.errors import InputError

OURS = "batuta"
GENERAL_MODEL = "batuta-general-model"

AGENTS: Mapping[str, str] = {
    OURS: "as it is, with the planner of the profile",
    GENERAL_MODEL: "planning by the general model that the others use too",
    "smolagents-calls": "ToolCallingAgent: a loop of calls as JSON",
    "smolagents-code": "CodeAgent: a loop of Python code",
    "hugginggpt": "a list of tasks, a model for each, and a response",
    "visual-chatgpt": "a loop of thoughts, actions and observations",
}


def find_agent(name: str) -> str:
    """Return the name if there is such an agent."""
    if name not in AGENTS:
        raise InputError(
            f"there is no agent {name!r}; there are: {', '.join(AGENTS)}",
            hint="batuta eval peers runs all of them",
        )
    return name
