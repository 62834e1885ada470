"""Turn a request into a checked plan: generate, check, repair."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from agent.plan import (
    Callee,
    CheckedPlan,
    Plan,
    PlanError,
    Problem,
    check,
    gbnf,
    lark,
    missing_file,
    read_draft,
)
from agent.plan.syntax.tree import Say, Text
from agent.planner.llm import Grammar, LanguageModelError
from agent.planner.plan_examples import Example, most_similar, retrievable_examples
from agent.planner.prompts import ConversationTurn, answer_messages, plan_messages, repair_message
from agent.record.events import AnswerText, Event, PlanRejected, PlanText
from agent.record.usage import Usage
from agent.runtime.retry_rules import Budget
from tools.errors import BatutaError, InputError
from tools.sdk.plan_types import Type


class Planner:
    """A language model that writes plans, and answers for plans without one.

    An object serves one run and counts its usage.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Mapping[str, Callee],
        *,
        pins: Mapping[str, Collection[str]] | None = None,
        absent: Mapping[str, Callee] | None = None,
        why_absent: Callable[[str], str] = str,
        seed: int,
        emit: Callable[[Event], None],
        budget: Budget,
        usage: Usage | None = None,
    ) -> None:
        self._model = model
        self._tools = tools
        self._pins = pins
        self._absent = absent or {}
        self._why_absent = why_absent
        self._seed = seed
        self._emit = emit
        self._budget = budget
        self.usage = usage or Usage(budget)

    async def plan(
        self,
        request: str,
        names: Mapping[str, Type],
        descriptions: Mapping[str, str],
        turns: Sequence[ConversationTurn],
        trouble: str = "",
        *,
        tools: Mapping[str, Callee] | None = None,
    ) -> CheckedPlan:
        """Generate a plan that passes every check.

        `trouble` says why an earlier plan failed. `tools` limits the tools for this request. A plan
        that calls an unavailable tool is not repaired: the plan returned then says why the request
        cannot be done.
        """
        listed_tools = {**(self._tools if tools is None else tools), **self._unexplained}
        similar = most_similar(request, descriptions, {*listed_tools, *self._absent})
        messages = plan_messages(listed_tools, descriptions, turns, request, trouble, similar)
        tools = {**listed_tools, **self._mentioned_tools(request, similar)}
        grammar = Grammar(gbnf=partial(gbnf, tools, names), lark=partial(lark, tools, names))
        for repair in range(self._budget.repairs + 1):
            reply = await self._write(messages, self._budget.plan_tokens, PlanText, grammar=grammar)
            text = strip_fence(reply)
            try:
                checked = read_draft(text, tools, names, pins=self._pins)
                return self._refuse_absent_tools(checked) or checked
            except PlanError as error:
                problems = [str(problem) for problem in error.problems]
                self._emit(PlanRejected(text, problems))
                if repair == self._budget.repairs:
                    raise _no_plan(error.problems, repair + 1) from error
                messages = [*messages, AIMessage(reply), repair_message(error, request)]
        raise AssertionError("the loop above returns or raises")

    def _refuse_absent_tools(self, checked: CheckedPlan) -> CheckedPlan | None:
        absent = [name for name in checked.tools if name in self._absent]
        if not absent:
            return None
        why = " ".join(map(self._why_absent, absent))
        return check(Plan((Say(Text((why,))),)), {}, checked.names)

    @cached_property
    def _unexplained(self) -> Mapping[str, Callee]:
        """Unavailable tools without an example, which every prompt lists."""
        explained = {name for example in retrievable_examples() for name in example.tools}
        return {name: tool for name, tool in self._absent.items() if name not in explained}

    def _mentioned_tools(self, request: str, similar: Iterable[Example]) -> Mapping[str, Callee]:
        """Unavailable tools that the request or a similar example mentions.

        If all were listed, a small model would call one where another tool is right.
        """
        mentioned = {name for example in similar for name in example.tools}
        return {
            name: tool
            for name, tool in self._absent.items()
            if name in mentioned or name in request
        }

    async def warm_up(self) -> None:
        """Read the static part of prompts to speed up the first plan."""
        messages = plan_messages({**self._tools, **self._unexplained}, {}, (), "hello")
        async for _ in self._model.astream(messages, max_tokens=1):
            pass

    async def answer(self, request: str, results: Mapping[str, str], failures: str) -> str:
        """Generate a short answer from the results of a plan."""
        messages = answer_messages(request, results, failures)
        return (await self._write(messages, self._budget.answer_tokens, AnswerText)).strip()

    async def _write(
        self,
        messages: Sequence[BaseMessage],
        max_tokens: int,
        event_type: type[PlanText | AnswerText],
        **options: Any,
    ) -> str:
        max_tokens = self.usage.begin_call(max_tokens)
        text = ""
        stream = self._model.astream(
            list(messages), max_tokens=max_tokens, seed=self._seed, **options
        )
        try:
            async for chunk in stream:
                self.usage.add(chunk.usage_metadata)
                piece = chunk.text
                text += piece
                if piece:
                    self._emit(event_type(piece))
        except (BatutaError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise LanguageModelError(
                f"the language model failed: {type(error).__name__}: {error}",
                hint="check that it is running and that --llm names the right one",
            ) from error
        return text


def _no_plan(problems: Sequence[Problem], tries: int) -> BatutaError:
    """Create the error for a request without a valid plan."""
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
    """Remove the Markdown fence around a plan."""
    fenced = re.search(r"```[a-z]*\n(.*?)(?:```|\Z)", text, re.DOTALL)
    return (fenced.group(1) if fenced else text).strip()
