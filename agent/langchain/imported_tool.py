"""A tool of LangChain as a tool that plans call."""

from __future__ import annotations

import inspect
import keyword
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool, ToolException
from pydantic import ValidationError

from agent.langchain.tool_arguments import arguments_of
from agent.langchain.tool_output import result_hint, value_of_output
from agent.mcp.untrusted_text import clean_text, identifier
from agent.runtime.run_coroutine import run_coroutine
from tools.errors import BadArgument, ToolError
from tools.sdk.plan_types import Value
from tools.sdk.tool import Tool


def tool_of_langchain(base_tool: BaseTool, *, ask: bool = False) -> Tool[..., Any]:
    """Return a tool of plans that calls a tool of LangChain; `ask` if it needs approval.

    Types come from its arguments: texts, numbers, choices, lists, our media classes, PIL images,
    and paths, for which a medium is written to a file. Plans give others as JSON text.
    """
    name = identifier(base_tool.name, "tool")
    name = f"{name}_" if keyword.iskeyword(name) else name
    arguments = {argument.name: argument for argument in arguments_of(base_tool)}

    def call_langchain(**values: Value) -> Value:
        with tempfile.TemporaryDirectory() as folder:
            converted = {
                arguments[key].original: arguments[key].convert(value, Path(folder))
                for key, value in values.items()
                if value is not None
            }
            return value_of_output(_invoke(base_tool, converted))

    description = clean_text(base_tool.description) or f"Call {name}."
    if json_names := [argument.name for argument in arguments.values() if argument.is_json]:
        description += f" Write {', '.join(json_names)} as JSON, with doubled braces."
    hints = {argument.name: argument.hint for argument in arguments.values()}
    call_langchain.__name__ = call_langchain.__qualname__ = name
    call_langchain.__doc__ = description
    call_langchain.__annotations__ = {**hints, "return": result_hint(base_tool)}
    call_langchain.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                argument.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if argument.required else None,
            )
            for argument in arguments.values()
        ]
    )
    plan_tool = Tool(call_langchain, cache=False, ask=ask)
    plan_tool.source = f"the LangChain tool {base_tool.name!r}"
    return plan_tool


def _invoke(base_tool: BaseTool, arguments: Mapping[str, Any]) -> Any:
    """Call the tool; its errors become those of a tool of plans."""
    # Its own handlers would return an error as if it were a result.
    base_tool = base_tool.model_copy(
        update={"handle_tool_error": False, "handle_validation_error": False}
    )
    call: Any = dict(arguments)
    if base_tool.response_format == "content_and_artifact":
        call = {"type": "tool_call", "id": "batuta", "name": base_tool.name, "args": call}
    try:
        try:
            return base_tool.invoke(call)
        except NotImplementedError:  # it is asynchronous only
            return run_coroutine(base_tool.ainvoke(call))
    except ToolException as error:
        raise ToolError(str(error), hint="try other arguments") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise BadArgument(
            f"{base_tool.name} does not accept {dict(arguments)!r:.200}: {problems}",
            hint="give arguments that it accepts",
        ) from error
