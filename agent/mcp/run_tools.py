"""The MCP tools that run whole requests and plans, with the schemas of their arguments."""

from __future__ import annotations

from typing import Any, Literal

from mcp import types
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.mcp.json_schemas import FILE_DESCRIPTION, with_nullable_options
from tools.errors import InputError

RUN_REQUEST = "run_request"
RUN_PLAN = "run_plan"
DECIDE_RUN = "decide_run"

_FILES = Field(default=(), description=f"Each is {FILE_DESCRIPTION}; named image1, audio1, …")
_CONVERSATION = Field(
    default="",
    max_length=100,
    description="The `conversation` of an earlier result: its files and results keep their names",
)
_SEED = Field(default=0, ge=0, description="The same seed gives the same results")


class RunRequestArguments(BaseModel):
    """Plan and answer a request in plain words with pictures, sounds, films and texts."""

    model_config = ConfigDict(extra="forbid")
    request: str = Field(min_length=1, description="What is wanted, in plain words")
    files: tuple[str, ...] = _FILES
    conversation: str = _CONVERSATION
    seed: int = _SEED
    ask_first: bool = Field(
        default=False, description="Return the plan first; decide_run then runs it"
    )


class RunPlanArguments(BaseModel):
    """Run a plan that is already written; every other tool here can be called in it."""

    model_config = ConfigDict(extra="forbid")
    plan: str = Field(
        min_length=1, description='Lines such as: grey = grayscale(image1), then say("{grey}")'
    )
    files: tuple[str, ...] = _FILES
    conversation: str = _CONVERSATION
    seed: int = _SEED


class DecideRunArguments(BaseModel):
    """Run or refuse the plan of a run that waits; ask the user first."""

    model_config = ConfigDict(extra="forbid")
    run: str = Field(min_length=1, description="The `run` of the result that waits")
    decision: Literal["approve", "refuse"]


_ARGUMENTS: dict[str, type[BaseModel]] = {
    RUN_REQUEST: RunRequestArguments,
    RUN_PLAN: RunPlanArguments,
    DECIDE_RUN: DecideRunArguments,
}


def run_tools() -> list[types.Tool]:
    """Return the tools that run requests and plans."""
    return [
        types.Tool(
            name=name,
            description=arguments.__doc__,
            input_schema=with_nullable_options(arguments.model_json_schema()),
            annotations=types.ToolAnnotations(
                read_only_hint=False, destructive_hint=name == DECIDE_RUN
            ),
        )
        for name, arguments in _ARGUMENTS.items()
    ]


def read_arguments(name: str, content: dict[str, Any]) -> BaseModel | None:
    """Return the checked arguments; None if the tool is none of these."""
    if name not in _ARGUMENTS:
        return None
    try:
        # Null stands for the default of an optional argument, as for all other tools.
        return _ARGUMENTS[name].model_validate(
            {
                field: value
                for field, value in content.items()
                if value is not None or _is_required(name, field)
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{name}: {field} is {first['input']!r:.200}: {first['msg']}",
            hint="see the schema of the tool's arguments",
        ) from error


def _is_required(name: str, field: str) -> bool:
    """Return whether an argument has no default; unknown ones are refused with any value."""
    known_field = _ARGUMENTS[name].model_fields.get(field)
    return known_field is None or known_field.is_required()
