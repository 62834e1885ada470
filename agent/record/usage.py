"""Count the language model usage of a run and enforce its budget."""

from __future__ import annotations

from threading import Lock

from langchain_core.messages.ai import UsageMetadata

from agent.runtime.retry_rules import Budget, BudgetSpent


class Usage:
    """Language model calls and tokens of one run, including those of tools."""

    def __init__(self, budget: Budget) -> None:
        self.calls = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self._budget = budget
        # Tools run in their own threads.
        self._lock = Lock()

    def begin_call(self, max_tokens: int) -> int:
        """Count a call and return its token limit, or raise BudgetSpent."""
        with self._lock:
            remaining = self._budget.output_tokens - self.output_tokens
            if self.calls >= self._budget.language_model_calls or remaining <= 0:
                raise BudgetSpent(
                    f"the request has called the language model {self.calls} times already, for "
                    f"{self.output_tokens} tokens",
                    hint="ask for less at once",
                )
            self.calls += 1
            return min(max_tokens, remaining)

    def add(self, metadata: UsageMetadata | None, *, counts_input: bool = True) -> None:
        """Add the token counts that the model reports with a chunk.

        A call that goes on where another one stopped reads the same tokens: do not count them.
        """
        if metadata:
            with self._lock:
                self.input_tokens += metadata["input_tokens"] if counts_input else 0
                self.output_tokens += metadata["output_tokens"]
