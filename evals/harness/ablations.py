"""Leave out one part of the agent at a time, to measure what it contributes.

Each ablation replaces one public function of the agent while a request is answered. The product
has no switches for this, so the functions are named here, and a test checks that each takes effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from agent.plan import Callee, CallSite, CheckedPlan, PlanError, Problem
from agent.plan.check import plan_check
from agent.plan.syntax.tree import Plan, callee_names
from agent.planner import plan_examples, plan_prompt
from agent.planner.plan_examples import Example
from agent.runtime.executor import CommandExecutor
from tools.errors import InputError
from tools.sdk.plan_types import Type, Value

FULL = "full"
"""The agent as it is."""


@dataclass(frozen=True)
class Ablation:
    """A part of the agent that is left out."""

    name: str
    without: str
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    """Limits of the budget that take the part away."""
    replace: Callable[[ExitStack], None] | None = None
    needs_examples: bool = False
    """Whether it changes only prompts with examples, which a fine-tuned planner does not read."""


def _leave_out_checker(stack: ExitStack) -> None:
    check = plan_check.check_parsed

    def accept(
        plan: Plan,
        tools: Mapping[str, Callee],
        names: Mapping[str, Type],
        pins: Any,
        problems: tuple[Problem, ...],
    ) -> CheckedPlan:
        """Accept every plan that can be parsed; a wrong one fails when it runs."""
        try:
            return check(plan, tools, names, pins, problems)
        except PlanError:
            if problems:
                raise
        called = {name: tools[name] for name in sorted(callee_names(plan) & tools.keys())}
        return CheckedPlan(plan, called, dict(names), dict(names))

    stack.enter_context(patch.object(plan_check, "check_parsed", accept))
    stack.enter_context(patch.object(plan_check, "find_unsupported_claim", _find_no_claim))


def _find_no_claim(*arguments: object) -> None:
    return None


def _leave_out_examples(stack: ExitStack) -> None:
    plan_messages = plan_prompt.plan_messages

    def without_similar(
        tools: Any,
        names: Any,
        turns: Any,
        request: str,
        trouble: str,
        similar: Iterable[Example],
        more_tools: Any,
    ) -> Any:
        return plan_messages(tools, names, turns, request, trouble, (), more_tools)

    stack.enter_context(patch.object(plan_prompt, "plan_messages", without_similar))
    stack.enter_context(patch.object(plan_examples, "fixed_examples", tuple))


def _leave_out_tool_choice(stack: ExitStack) -> None:
    def all_tools(
        tools: Mapping[str, Callee], text: str, similar: Sequence[Example]
    ) -> Mapping[str, Callee]:
        return tools

    stack.enter_context(patch.object(plan_prompt, "mentioned_tools", all_tools))


def _run_in_sequence(stack: ExitStack) -> None:
    call = CommandExecutor.__call__
    lock = asyncio.Lock()

    async def one_at_a_time(self: CommandExecutor, site: CallSite) -> Value:
        async with lock:
            return await call(self, site)

    stack.enter_context(patch.object(CommandExecutor, "__call__", one_at_a_time))


ABLATIONS = {
    ablation.name: ablation
    for ablation in (
        Ablation(FULL, "nothing: the agent as it is"),
        Ablation("no-checker", "the checks of types, names and claims", replace=_leave_out_checker),
        Ablation(
            "no-repair",
            "second tries at a plan that is refused or fails",
            limits={"repairs": 0, "replans": 0},
        ),
        Ablation(
            "no-examples",
            "examples in the prompt",
            replace=_leave_out_examples,
            needs_examples=True,
        ),
        Ablation(
            "no-tool-choice",
            "the choice of tools: all are described in every prompt",
            replace=_leave_out_tool_choice,
            needs_examples=True,
        ),
        Ablation(
            "sequential", "the dataflow scheduler: one command at a time", replace=_run_in_sequence
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


@contextmanager
def leave_out(ablation: Ablation) -> Generator[None]:
    """Leave the part out inside this context, in the whole process."""
    with ExitStack() as stack:
        if ablation.replace:
            ablation.replace(stack)
        yield
