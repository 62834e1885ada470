"""Turn a request into a checked plan: generate, check, repair."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from agent.plan import (
    Callee,
    CheckedPlan,
    Plan,
    PlanError,
    Problem,
    check,
    find_invented_argument,
    gbnf,
    lark,
    missing_detail,
    missing_file,
    read_draft,
    read_unchecked,
)
from agent.plan.compare.dataflow import same_dataflow
from agent.plan.syntax.tree import Say, Text
from agent.planner.line_writer import LineWriter
from agent.planner.llm import Grammar, LanguageModelError
from agent.planner.plain_answer import needs_knowledge
from agent.planner.plan_prompt import PlanPrompt, example_prompt, short_prompt
from agent.planner.planner_settings import DEFAULT_SETTINGS, PlannerSettings
from agent.planner.prompts import (
    ConversationTurn,
    answer_messages,
    question_messages,
    repair_message,
)
from agent.record.budget import Budget
from agent.record.events import AnswerText, Event, PlanRejected, PlanText
from agent.record.usage import CallMeter, Usage, measure_call
from tools.errors import BatutaError, InputError
from tools.sdk.plan_types import Type

SAMPLES = 3
SAMPLING_TEMPERATURE = 0.7


@runtime_checkable
class FineTunable(Protocol):
    """A language model that may have been fine-tuned as a planner."""

    async def known_tools(self) -> frozenset[str] | None:
        """Return the signatures it was trained with; None if it was not fine-tuned."""
        ...


@dataclass(frozen=True)
class _Task:
    """A request, and what the planner is told with it."""

    request: str
    names: Mapping[str, Type]
    descriptions: Mapping[str, str]
    turns: Sequence[ConversationTurn]

    @property
    def context(self) -> str:
        """What a plan may take its values from besides the request."""
        turns = (f"{turn.request}\n{turn.plan}\n{turn.answer}" for turn in self.turns)
        names = (f"{name}: {description}" for name, description in self.descriptions.items())
        return "\n".join((*names, *turns))


class Planner:
    """A language model that writes plans, and answers for plans without one.

    An object serves one run and counts its usage.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Mapping[str, Callee],
        *,
        text_model: BaseChatModel | None = None,
        pins: Mapping[str, Collection[str]] | None = None,
        absent: Mapping[str, Callee] | None = None,
        why_absent: Callable[[str], str] = str,
        seed: int,
        emit: Callable[[Event], None],
        budget: Budget,
        usage: Usage | None = None,
        model_name: str = "",
        text_model_name: str = "",
        settings: PlannerSettings = DEFAULT_SETTINGS,
    ) -> None:
        self._model = model
        self._model_name = model_name
        self._text_model_name = text_model_name
        self._text_model = text_model
        self._tools = tools
        self._settings = settings
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
        offered = self._tools if tools is None else tools
        known_signatures = await self._known_tools()
        prompt = self._prompt(known_signatures, offered, descriptions, turns, request, trouble)
        task = _Task(request, names, descriptions, turns)
        messages = prompt.messages
        grammar = Grammar(
            gbnf=partial(gbnf, prompt.tools, names), lark=partial(lark, prompt.tools, names)
        )
        # A fine-tuned planner knows what comes next; others plan better without interruptions.
        if known_signatures is None:
            reply = await self._write_plan(messages, grammar)
        else:
            reply = await self._write_lines(prompt, LineWriter(prompt.tools, names))
        for repair in range(self._budget.repairs + 1):
            text = strip_fence(reply)
            try:
                # A model without a grammar may call a tool that the prompt left out.
                checked = self._read(text, {**offered, **prompt.tools}, prompt, task)
                if (
                    known_signatures is not None
                    and self._text_model
                    and needs_knowledge(checked, request)
                ):
                    return await self._answer_from_knowledge(self._text_model, request, checked)
                return self._refuse_absent_tools(checked) or checked
            except PlanError as error:
                problems = [str(problem) for problem in error.problems]
                self._emit(PlanRejected(text, problems))
                if repair == self._budget.repairs:
                    if question := missing_detail(error.problems[0]):
                        return _say_only(question, names)
                    raise _no_plan(error.problems, repair + 1) from error
                if known_signatures is None:
                    messages = [*messages, AIMessage(reply), repair_message(error, request)]
                    reply = await self._write_plan(messages, grammar)
                elif repair == 0:
                    reply = await self._rewrite_from_problem(prompt, names, text, error)
                else:
                    reply = await self._sample_plan(prompt, task)
        raise AssertionError("the loop above returns or raises")

    async def _known_tools(self) -> Collection[str] | None:
        """Return the signatures a fine-tuned planner was trained with; None for other models."""
        return await self._model.known_tools() if isinstance(self._model, FineTunable) else None

    def _prompt(
        self,
        known_signatures: Collection[str] | None,
        tools: Mapping[str, Callee],
        descriptions: Mapping[str, str],
        turns: Sequence[ConversationTurn],
        request: str,
        trouble: str = "",
    ) -> PlanPrompt:
        context = (tools, self._absent, descriptions, turns, request, trouble)
        if known_signatures is None:
            return example_prompt(*context, settings=self._settings)
        return short_prompt(known_signatures, *context)

    async def _write_plan(
        self, messages: Sequence[BaseMessage], grammar: Grammar, **options: Any
    ) -> str:
        return await self._write(
            self._model, messages, self._budget.plan_tokens, PlanText, grammar=grammar, **options
        )

    def _read(
        self,
        text: str,
        tools: Mapping[str, Callee],
        prompt: PlanPrompt,
        task: _Task,
    ) -> CheckedPlan:
        if not self._settings.checks_plans:
            return read_unchecked(text, tools, task.names)
        checked = read_draft(
            text,
            tools,
            task.names,
            pins=self._pins,
            request=task.request,
            descriptions=task.descriptions,
        )
        if problem := find_invented_argument(
            checked.plan, prompt.new_tools, task.request, task.context
        ):
            raise PlanError([problem])
        return checked

    async def _write_lines(self, prompt: PlanPrompt, writer: LineWriter, **options: Any) -> str:
        """Write a plan, or the rest of one, a line at a time; count it as one call."""
        max_tokens = self.usage.begin_call(self._budget.plan_tokens)
        until = self.usage.output_tokens + max_tokens
        self._emit_plan_text(writer.text)
        with self._measure(self._model, PlanText) as meter:
            while not writer.is_complete and (tokens := until - self.usage.output_tokens) > 0:
                line = await self._write_line(prompt, writer, meter, tokens, options)
                if not writer.add_valid(line):
                    # The grammar knows the types of media alone: another try may be better.
                    sampled = {**options, "temperature": SAMPLING_TEMPERATURE}
                    line = await self._write_line(prompt, writer, meter, tokens, sampled)
                    writer.add(line)
                self._emit_plan_text(line.rstrip("\n") + "\n")
        return writer.text

    async def _write_line(
        self,
        prompt: PlanPrompt,
        writer: LineWriter,
        meter: CallMeter,
        max_tokens: int,
        options: Mapping[str, Any],
    ) -> str:
        beginning = [AIMessage(writer.text)] if writer.text else []
        return await self._stream(
            self._model,
            [*prompt.messages, *beginning],
            None,
            meter,
            max_tokens=max_tokens,
            grammar=writer.grammar(),
            stop=writer.stop,
            counts_input=not writer.text,
            **options,
        )

    def _emit_plan_text(self, text: str) -> None:
        if text:
            self._emit(PlanText(text))

    async def _rewrite_from_problem(
        self, prompt: PlanPrompt, names: Mapping[str, Type], text: str, error: PlanError
    ) -> str:
        """Keep the lines before the first problem and write the rest in another way."""
        writer = LineWriter(prompt.tools, names)
        for line in text.splitlines()[: error.problems[0].line - 1]:
            writer.add(f"{line}\n")
        return await self._write_lines(
            prompt, writer, temperature=SAMPLING_TEMPERATURE, seed=self._seed + SAMPLES
        )

    async def _sample_plan(self, prompt: PlanPrompt, task: _Task) -> str:
        """Sample plans and return the valid one that most others agree with."""
        samples: list[str] = []
        valid: list[CheckedPlan] = []
        for number in range(SAMPLES):
            options = {"temperature": SAMPLING_TEMPERATURE, "seed": self._seed + number}
            writer = LineWriter(prompt.tools, task.names)
            samples.append(await self._write_lines(prompt, writer, **options))
            with suppress(PlanError):
                valid.append(self._read(samples[-1], prompt.tools, prompt, task))
        if not valid:
            return samples[0]
        agreement = [sum(same_dataflow(plan, other) for other in valid) for plan in valid]
        return valid[agreement.index(max(agreement))].text

    async def _answer_from_knowledge(
        self, model: BaseChatModel, request: str, draft: CheckedPlan
    ) -> CheckedPlan:
        """Return a plan that says what the text model answers."""
        messages = question_messages(request)
        answer = await self._write(model, messages, self._budget.answer_tokens, None)
        return _say_only(answer.strip(), draft.names)

    def _refuse_absent_tools(self, checked: CheckedPlan) -> CheckedPlan | None:
        absent = [name for name in checked.tools if name in self._absent]
        if not absent:
            return None
        why = " ".join(map(self._why_absent, absent))
        return _say_only(why, checked.names)

    async def warm_up(self) -> None:
        """Read the static part of prompts to speed up the first plan."""
        known_signatures = await self._known_tools()
        prompt = self._prompt(known_signatures, self._tools, {}, (), "hello")
        async for _ in self._model.astream(prompt.messages, max_tokens=1):
            pass

    async def answer(self, request: str, results: Mapping[str, str], failures: str) -> str:
        """Generate a short answer from the results of a plan."""
        messages = answer_messages(request, results, failures)
        model = self._text_model or self._model
        return (await self._write(model, messages, self._budget.answer_tokens, AnswerText)).strip()

    async def _write(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        max_tokens: int,
        event_type: type[PlanText | AnswerText] | None,
        **options: Any,
    ) -> str:
        max_tokens = self.usage.begin_call(max_tokens)
        with self._measure(model, event_type) as meter:
            return await self._stream(
                model, messages, event_type, meter, max_tokens=max_tokens, **options
            )

    def _measure(
        self, model: BaseChatModel, event_type: type[PlanText | AnswerText] | None
    ) -> AbstractContextManager[CallMeter]:
        """Emit what a call of this model cost when it ends."""
        name = self._text_model_name if model is self._text_model else self._model_name
        purpose = "plan" if event_type is PlanText else "answer"
        return measure_call(self.usage, self._emit, model=name, purpose=purpose)

    async def _stream(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        event_type: type[PlanText | AnswerText] | None,
        meter: CallMeter,
        *,
        counts_input: bool = True,
        **options: Any,
    ) -> str:
        text = ""
        settings: dict[str, Any] = {"seed": self._seed, **options}
        stream = model.astream(list(messages), **settings)
        try:
            async for chunk in stream:
                meter.add(chunk.usage_metadata, counts_input=counts_input)
                piece = chunk.text
                text += piece
                if piece and event_type:
                    self._emit(event_type(piece))
        except (BatutaError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise LanguageModelError(
                f"the language model failed: {type(error).__name__}: {error}",
                hint="check that it is running and that --llm names the right one",
                page_hint="check that it is running",
            ) from error
        return text


def _say_only(text: str, names: Mapping[str, Type]) -> CheckedPlan:
    return check(Plan((Say(Text((text,))),)), {}, names)


def _no_plan(problems: Sequence[Problem], tries: int) -> BatutaError:
    """Create the error for a request without a valid plan."""
    if missing := next(filter(None, map(missing_file, problems)), ""):
        return InputError(
            f"the request needs a {missing}, and none was given",
            hint="add it with --file",
            page_hint="attach it to your request and ask again",
        )
    listed = "\n".join(str(problem) for problem in problems)
    return LanguageModelError(
        f"the language model wrote no plan that can run, in {tries} tries; the last one has these "
        f"problems:\n{listed}",
        hint="say the request in other words, or choose another language model with --llm",
        page_hint="say the request in other words, or choose another language model",
    )


def strip_fence(text: str) -> str:
    """Remove the Markdown fence around a plan."""
    fenced = re.search(r"```[a-z]*\n(.*?)(?:```|\Z)", text, re.DOTALL)
    return (fenced.group(1) if fenced else text).strip()
