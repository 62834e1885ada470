"""Run a checked plan as dataflow: calls start when inputs are ready.

Values, failures and the paths of calls do not depend on the order in which calls finish. A failed
call skips its dependents and nothing else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.plan.answer.answer_style import PLAIN, AnswerStyle
from agent.plan.answer.compose import Placeholder, compose_message
from agent.plan.check.named_plan import REMARK, RESULT, Callee, NamedPlan
from agent.plan.check.plan_check import CheckedPlan
from agent.plan.plan_limits import LIMITS
from agent.plan.plan_steps import block_path, count_earlier_calls, statement_paths, static_path
from agent.plan.run import operations
from agent.plan.run.call_results import (
    CallSite,
    ExecuteCall,
    Interpretation,
    Message,
    SkippedStep,
    StepFailure,
)
from agent.plan.run.evaluator import EvaluationContext, Evaluator, MissingValue
from agent.plan.run.picture_tracer import PictureTracer
from agent.plan.syntax.formatter import format_expression, headline
from agent.plan.syntax.tree import (
    Assign,
    Call,
    CallStatement,
    Expression,
    If,
    Say,
    Statement,
    Text,
    blocks,
    names_in,
    walk,
)
from tools.errors import BadArgument, BatutaError, Cancelled, InputError
from tools.sdk.plan_types import Value
from tools.sdk.tool import SEED


async def interpret(
    plan: CheckedPlan,
    names: Mapping[str, Value],
    execute_call: ExecuteCall,
    style: AnswerStyle = PLAIN,
) -> Interpretation:
    """Run the plan on input values; `execute_call` runs its tool calls.

    Only inputs that the plan reads need a value. `style` says what its texts give in raw numbers.

    A BatutaError of `execute_call` is a failure of that step. `Cancelled`, `CancelledError` and any
    other exception stop the whole run and are raised.
    """
    used_names = names_in(plan.plan)
    missing = [name for name in plan.names if name in used_names and name not in names]
    if missing:
        raise InputError(
            f"the plan was checked with {missing[0]!r}, which has no value now",
            hint="pass the same files as when the plan was checked",
        )
    run = _Run(plan, names, execute_call, style)
    try:
        await run.run_block(plan.plan.statements)
    except BaseExceptionGroup as group:
        error = _first_error(group)
        raise (error.error if isinstance(error, _RunStopped) else error) from None
    return run.result()


class _RunStopped(Exception):  # noqa: N818
    """Carry a fatal error through task groups, which drop CancelledError."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class _Run:
    def __init__(
        self,
        plan: CheckedPlan,
        names: Mapping[str, Value],
        execute_call: ExecuteCall,
        style: AnswerStyle,
    ) -> None:
        self._tools = plan.tools
        self._execute_call = execute_call
        self._inputs = names
        self._style = style
        self._pictures = PictureTracer(plan.plan, plan.tools, self._available_value)
        self._evaluator = Evaluator(self._look_up, self._call, self._pictures.size_for, style)
        self._earlier = count_earlier_calls(plan)
        assigned = [s.name for s in walk(plan.plan.statements) if isinstance(s, Assign)]
        loop = asyncio.get_running_loop()
        self._results: dict[str, asyncio.Future[Value | MissingValue]] = {
            name: loop.create_future() for name in dict.fromkeys(assigned)
        }
        self._failures: list[StepFailure] = []
        self._skipped: list[SkippedStep] = []
        self._messages: dict[str, Message] = {}
        self._remarks: dict[str, str] = {}

    def result(self) -> Interpretation:
        outcomes = {
            name: future.result() for name, future in self._results.items() if future.done()
        }
        return Interpretation(
            {
                name: value
                for name, value in outcomes.items()
                if not isinstance(value, MissingValue)
            },
            tuple(sorted(self._failures, key=lambda failure: _in_plan_order(failure.path))),
            tuple(sorted(self._skipped, key=lambda skip: _in_plan_order(skip.path))),
            tuple(self._messages[path] for path in sorted(self._messages, key=_in_plan_order)),
            tuple(self._remarks[path] for path in sorted(self._remarks, key=_in_plan_order)),
        )

    async def run_block(self, statements: Sequence[Statement], parent_path: str = "") -> None:
        async with asyncio.TaskGroup() as group:
            for path, statement in statement_paths(statements, parent_path):
                group.create_task(self._run_statement(path, statement))

    async def _run_statement(self, path: str, statement: Statement) -> None:
        name = statement.name if isinstance(statement, Assign) else ""
        try:
            match statement:
                case Assign(value=value):
                    self._settle(
                        name, await self._evaluator.value(value, EvaluationContext(path, name))
                    )
                case CallStatement(call):
                    await self._evaluator.value(call, EvaluationContext(path))
                case Say(value):
                    self._messages[path] = await self._message(value, EvaluationContext(path))
                case If():
                    await self._run_if(path, statement)
        except BadArgument as error:
            text = headline(statement)
            self._failures.append(StepFailure(path, name, statement.at.line, text, error))
            self._mark_missing(name, "failed")
        except MissingValue as missing:
            if any(failure.path == path for failure in self._failures):
                self._mark_missing(name, "failed")
            else:
                self._skip(path, statement, str(missing))

    async def _run_if(self, path: str, statement: If) -> None:
        for index, branch in enumerate(statement.branches):
            condition_path = f"{block_path(path, index)}.0"
            try:
                holds = operations.is_true(
                    await self._evaluator.value(branch.condition, EvaluationContext(condition_path))
                )
            except BadArgument as error:
                line, text = branch.condition.at.line, format_expression(branch.condition)
                self._failures.append(StepFailure(condition_path, "", line, text, error))
                self._skip_blocks(path, statement, index, f"needs {text}, which failed")
                return
            except MissingValue as missing:
                self._skip_blocks(path, statement, index, str(missing))
                return
            if holds:
                await self.run_block(branch.body, block_path(path, index))
                return
        await self.run_block(statement.otherwise, block_path(path, len(statement.branches)))

    def _skip(self, path: str, statement: Statement, reason: str) -> None:
        if isinstance(statement, If):
            self._skip_blocks(path, statement, 0, reason)
            return
        name = statement.name if isinstance(statement, Assign) else ""
        self._skipped.append(
            SkippedStep(path, name, statement.at.line, headline(statement), reason)
        )
        self._mark_missing(name, "was skipped")

    def _skip_blocks(self, path: str, statement: If, first: int, reason: str) -> None:
        """Skip the blocks from number `first` on, whose conditions are unknown."""
        for index, block in enumerate(blocks(statement)):
            if index >= first:
                for inner_path, inner in statement_paths(block, block_path(path, index)):
                    self._skip(inner_path, inner, reason)

    def _mark_missing(self, name: str, reason: str) -> None:
        """Resolve the name as missing for everything that waits for it."""
        if name:
            self._settle(name, MissingValue(f"needs {name}, which {reason}"))

    def _settle(self, name: str, value: Value | MissingValue) -> None:
        # At most one branch that assigns a name runs, but all of them may be skipped together.
        if not self._results[name].done():
            self._results[name].set_result(value)

    async def _message(self, node: Expression, context: EvaluationContext) -> Message:
        parts: list[str | Placeholder] = []
        for part in node.parts if isinstance(node, Text) else (node,):
            words = (
                part if isinstance(part, str) else await self._evaluator.placeholder(part, context)
            )
            parts.append(words)
        return compose_message(parts, self._style)

    def _available_value(self, name: str) -> Value | None:
        """Return the value of a name if it has one by now."""
        if name not in self._results:
            return self._inputs.get(name)
        future = self._results[name]
        value = future.result() if future.done() else None
        return None if isinstance(value, MissingValue) else value

    async def _look_up(self, name: str) -> Value:
        if name not in self._results:
            return self._inputs[name]
        value = await self._results[name]
        if isinstance(value, MissingValue):
            raise MissingValue(str(value))
        return value

    async def _call(self, node: Call, context: EvaluationContext) -> Value:
        text = format_expression(node)
        try:
            values = await self._evaluator.values(node, context)
            callee = self._tools[node.function]
            arguments = _name_arguments(callee, node, values)
            earlier = self._earlier[static_path(context.path)]
            # A plan has fewer calls than this, so calls with the same text get different numbers.
            occurrence = earlier + context.item * (LIMITS.calls + 1)
            if isinstance(callee, NamedPlan):
                return await self._run_named(callee, node, arguments, context.path, occurrence)
            site = CallSite(
                path=context.path,
                tool=callee,
                pin=node.pin,
                arguments=arguments,
                line=node.at.line,
                text=text,
                name=context.name,
                occurrence=occurrence,
            )
            return await self._execute_call(site)
        except (MissingValue, _RunStopped):
            raise
        except Cancelled as error:
            raise _RunStopped(error) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            raise _RunStopped(error) from error
        except BatutaError as error:
            failure = StepFailure(context.path, context.name, node.at.line, text, error)
            self._failures.append(failure)
            raise MissingValue(f"needs {text}, which failed") from error

    async def _run_named(
        self,
        named: NamedPlan,
        node: Call,
        arguments: dict[str, Value],
        path: str,
        occurrence: int,
    ) -> Value:
        """Run the commands of a named plan on the arguments."""

        async def execute_inner(site: CallSite) -> Value:
            inner_site = replace(
                site,
                path=f"{path}/{site.path}",
                name="",
                line=node.at.line,
                occurrence=site.occurrence + occurrence * _OCCURRENCES,
            )
            return await self._execute_call(inner_site)

        run = _Run(named.body, arguments, execute_inner, self._style)
        await run.run_block(named.body.plan.statements)
        outcome = run.result()
        line, call_text = node.at.line, format_expression(node)
        for failure in outcome.failures:
            failure_path, text = f"{path}/{failure.path}", f"{failure.text} in {call_text}"
            self._failures.append(
                replace(failure, path=failure_path, name="", line=line, text=text)
            )
        for skip in outcome.skipped:
            self._skipped.append(replace(skip, path=f"{path}/{skip.path}", name="", line=line))
        if RESULT not in outcome.values:
            raise MissingValue(f"needs {call_text}, which failed")
        remarks = [*outcome.remarks, outcome.values.get(REMARK)]
        if text := "\n".join(remark for remark in remarks if isinstance(remark, str) and remark):
            self._remarks[path] = text
        return outcome.values[RESULT]


_OCCURRENCES = (LIMITS.calls + 1) * (LIMITS.list_items + 1)
"""More than any call's occurrence, so that two runs of a named plan never share one."""


def _name_arguments(tool: Callee, node: Call, values: Sequence[Value]) -> dict[str, Value]:
    """Return the arguments by parameter name, with defaults for the missing ones."""
    positional = (parameter for parameter in tool.parameters if parameter.name != SEED)
    types = {parameter.name: parameter.type for parameter in tool.parameters}
    arguments: dict[str, Value] = {}
    for argument, value in zip(node.arguments, values, strict=True):
        name = argument.name or next(positional).name
        arguments[name] = operations.convert_argument(tool.name, name, types[name], value)
    return {
        parameter.name: arguments.get(parameter.name, parameter.default)
        for parameter in tool.parameters
        if parameter.name in arguments or parameter.name != SEED
    }


def _in_plan_order(path: str) -> tuple[list[int], str]:
    return [int(number) for number in re.findall(r"\d+", path)], path


def _first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first_error(error) if isinstance(error, BaseExceptionGroup) else error
