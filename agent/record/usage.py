"""What the language model has cost one run, and whether it may cost more."""

from __future__ import annotations

from threading import Lock

from langchain_core.messages.ai import UsageMetadata

from agent.runtime.retry_rules import Budget, BudgetSpent


class Usage:
    """Counts the calls of a run: for plans, for answers, and for tools that work on words."""

    def __init__(self, budget: Budget) -> None:
        self.calls = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self._budget = budget
        # Tools call from threads of their own.
        self._lock = Lock()

    def begin_call(self, most_tokens: int) -> int:
        """How many tokens, of those wanted, a call may write; BudgetSpent if there can be none."""
        with self._lock:
            left = self._budget.output_tokens - self.output_tokens
            if self.calls >= self._budget.language_model_calls or left <= 0:
                raise BudgetSpent(
                    f"the request has called the language model {self.calls} times already, for "
                    f"{self.output_tokens} tokens",
                    hint="ask for less at once",
                )
            self.calls += 1
            return min(most_tokens, left)

    def add(self, used: UsageMetadata | None) -> None:
        """Count what the model says a piece of its answer took."""
        if used:
            with self._lock:
                self.input_tokens += used["input_tokens"]
                self.output_tokens += used["output_tokens"]
