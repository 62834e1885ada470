"""The budget of one request."""

from __future__ import annotations

from dataclasses import dataclass

from tools.errors import BatutaError


@dataclass(frozen=True)
class Budget:
    """Limits of one request."""

    commands: int = 200
    parallel_commands: int = 200
    """How many commands may run at the same time."""
    seconds: float = 3600
    command_seconds: float = 900
    language_model_calls: int = 64
    """For plans, the answer and tools that process text: a long text takes many calls."""
    output_tokens: int = 32_768
    result_bytes: int = 2 << 30
    plan_tokens: int = 512
    answer_tokens: int = 256
    repairs: int = 2
    replans: int = 1
    retries: int = 2
    first_pause_seconds: float = 0.5
    ask_seconds: float = 300
    """A plan with a longer estimate needs approval, if a person can be asked."""
    ask_pull_bytes: int = 500_000_000
    """A plan that has to fetch more weights needs approval too."""


class BudgetSpent(BatutaError):  # noqa: N818
    """The request has used up its budget."""
