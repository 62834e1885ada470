"""Run the function of a tool with its model and arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.runtime.retry_rules import as_tool_error
from tools.errors import ToolError
from tools.sdk.call_context import CallContext, call_scope
from tools.sdk.model import Model
from tools.sdk.plan_types import Value, accepts, type_of_value
from tools.sdk.typed_function import TypedFunction


def call_tool(
    tool: TypedFunction[..., Any],
    models: Sequence[Model],
    arguments: Mapping[str, Value],
    call: CallContext,
) -> Value:
    """Run a tool in this thread and check the type of its result."""
    try:
        with call_scope(call):
            value = tool.function(*models, **arguments)
    except BaseException as error:
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            raise
        # sys.exit would stop the event loop, and a future cannot hold a StopIteration.
        raise as_tool_error(tool.name, error) from error
    try:
        value_type = type_of_value(value)
    except TypeError:
        value_type = None
    if value_type is None or not accepts(tool.returns, value_type):
        raise ToolError(
            f"{tool.name} returned {value_type or type(value).__name__} instead of {tool.returns}",
            hint=f"this is a bug in the tool: see {tool.source}",
        )
    return value
