"""From a request to a checked plan: the language model writes, the checker answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from agent.events import AnswerText, Event, PlanRejected, PlanText
from agent.language_models import Grammar, LanguageModelError
from agent.plan import CheckedPlan, PlanError, Problem, gbnf, lark, missing_file, read_plan
from agent.prompts import Turn, answer_messages, plan_messages, repair_message
from agent.rules import Budget, BudgetSpent
from tools.errors import BatutaError, InputError
from tools.plugin import Tool
from tools.types import Type


@dataclass
class Usage:
    """What the language model has cost one run."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class Planner:
    """A language model that writes plans, and answers where a plan has none.

    The same object serves one run: it counts what the run has used.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Mapping[str, Tool[..., Any]],
        *,
        pins: Mapping[str, Collection[str]] | None = None,
        seed: int,
        emit: Callable[[Event], None],
        budget: Budget,
    ) -> None:
        self._model = model
        self._tools = tools
        self._pins = pins
        self._seed = seed
        self._emit = emit
        self._budget = budget
        self.usage = Usage()

    async def plan(
        self,
        request: str,
        names: Mapping[str, Type],
        shown: Mapping[str, str],
        turns: Sequence[Turn],
        trouble: str = "",
        *,
        tools: Mapping[str, Tool[..., Any]] | None = None,
    ) -> CheckedPlan:
        """A plan that has passed every check. `trouble` is what a first plan failed at.

        `tools` are those for this request, where not all are.
        """
        tools = self._tools if tools is None else tools
        messages = plan_messages(tools, shown, turns, request, trouble)
        grammar = Grammar(gbnf=gbnf(tools, names), lark=lark(tools, names))
        for repair in range(self._budget.repairs + 1):
            written = await self._write(
                messages, self._budget.plan_tokens, PlanText, grammar=grammar
            )
            text = strip_fence(written)
            try:
                return read_plan(text, tools, names, pins=self._pins)
            except PlanError as error:
                problems = [str(problem) for problem in error.problems]
                self._emit(PlanRejected(text, problems))
                if repair == self._budget.repairs:
                    raise _no_plan(error.problems, repair + 1) from error
                messages = [*messages, AIMessage(written), repair_message(error)]
        raise AssertionError("the loop above returns or raises")

    async def warm_up(self) -> None:
        """Have the model read what is the same in every prompt, so that a first plan comes soon."""
        messages = plan_messages(self._tools, {}, (), "hello")
        async for _ in self._model.astream(messages, max_tokens=1):
            pass

    async def answer(self, request: str, results: Mapping[str, str], failures: str) -> str:
        """A few words that tell the person what came of the request."""
        messages = answer_messages(request, results, failures)
        return (await self._write(messages, self._budget.answer_tokens, AnswerText)).strip()

    async def _write(
        self,
        messages: Sequence[BaseMessage],
        max_tokens: int,
        written: type[PlanText | AnswerText],
        **options: Any,
    ) -> str:
        usage = self.usage
        tokens_left = self._budget.output_tokens - usage.output_tokens
        if usage.calls >= self._budget.language_model_calls or tokens_left <= 0:
            raise BudgetSpent(
                f"the request has called the language model {usage.calls} times already, for "
                f"{usage.output_tokens} tokens",
                hint="ask for less at once",
            )
        usage.calls += 1
        text = ""
        stream = self._model.astream(
            list(messages), max_tokens=min(max_tokens, tokens_left), seed=self._seed, **options
        )
        try:
            async for chunk in stream:
                if chunk.usage_metadata:
                    usage.input_tokens += chunk.usage_metadata["input_tokens"]
                    usage.output_tokens += chunk.usage_metadata["output_tokens"]
                piece = chunk.text
                text += piece
                if piece:
                    self._emit(written(piece))
        except (BatutaError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise LanguageModelError(
                f"the language model failed: {type(error).__name__}: {error}",
                hint="check that it is running and that --llm names it rightly",
            ) from error
        return text


def _no_plan(problems: Sequence[Problem], tries: int) -> BatutaError:
    """What the person is told when no plan came that can run."""
    if missing := next(filter(None, map(missing_file, problems)), ""):
        return InputError(
            f"the request needs a {missing}, and none was given", hint="add it with --file"
        )
    listed = "\n".join(str(problem) for problem in problems)
    return LanguageModelError(
        f"the language model wrote no plan that can run, in {tries} tries; the last one has these "
        f"problems:\n{listed}",
        hint="say the request in other words, or choose another language model with --llm",
    )


def strip_fence(text: str) -> str:
    """The plan without the Markdown fence that models without a grammar like to put around it."""
    fenced = re.search(r"```[a-z]*\n(.*?)(?:```|\Z)", text, re.DOTALL)
    return (fenced.group(1) if fenced else text).strip()
