"""Count the language model usage of a run and enforce its budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock

from langchain_core.messages.ai import UsageMetadata

from agent.record.budget import Budget, BudgetSpent
from agent.record.events import CallPurpose, Event, LanguageModelCalled


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

    def add(self, input_tokens: int, output_tokens: int) -> None:
        """Add the tokens of a call."""
        with self._lock:
            self.input_tokens += input_tokens
            self.output_tokens += output_tokens


class CallMeter:
    """Counts the tokens of one call, for itself and for its run."""

    def __init__(self, usage: Usage) -> None:
        self.input_tokens = 0
        self.output_tokens = 0
        self._usage = usage

    def add(self, metadata: UsageMetadata | None, *, counts_input: bool = True) -> None:
        """Add the token counts that the model reports with a chunk.

        A call that goes on where another one stopped reads the same tokens: do not count them.
        """
        if metadata:
            input_tokens = metadata["input_tokens"] if counts_input else 0
            self.input_tokens += input_tokens
            self.output_tokens += metadata["output_tokens"]
            self._usage.add(input_tokens, metadata["output_tokens"])


@contextmanager
def measure_call(
    usage: Usage,
    emit: Callable[[Event], None],
    *,
    model: str,
    purpose: CallPurpose,
    path: str = "",
) -> Generator[CallMeter]:
    """Emit what a call of a language model cost when it ends, also by an error."""
    meter = CallMeter(usage)
    start_time = time.monotonic()
    error = ""
    try:
        yield meter
    except BaseException as cause:
        error = type(cause).__name__
        raise
    finally:
        emit(
            LanguageModelCalled(
                model=model,
                purpose=purpose,
                seconds=round(time.monotonic() - start_time, 3),
                input_tokens=meter.input_tokens,
                output_tokens=meter.output_tokens,
                path=path,
                error=error,
            )
        )
