"""The arguments of a tool of LangChain: their types in plans, and how values are converted."""

from __future__ import annotations

import base64
import json
import keyword
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union, cast, get_args, get_origin

import PIL.Image
from langchain_core.tools import BaseTool
from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from agent.mcp.remote_types import hint_of_schema
from agent.mcp.untrusted_text import identifier
from tools.errors import PluginError
from tools.media import Image, Media
from tools.sdk.plan_types import Value, type_of_hint
from tools.sdk.typed_function import SEED

Convert = Callable[[Value, Path], Any]
"""Turns the value of a plan into an argument; files are written into the folder."""

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class ToolArgument:
    """A parameter of a tool of LangChain: its name there, and its name and type in plans."""

    original: str
    name: str
    hint: Any
    required: bool
    convert: Convert

    @property
    def is_json(self) -> bool:
        """Whether plans give it as JSON text."""
        return self.convert is _parse_json


def arguments_of(base_tool: BaseTool) -> list[ToolArgument]:
    """Return the arguments, the required ones first; PluginError if two have the same name."""
    arguments: dict[str, ToolArgument] = {}
    for original, hint, required, convert in _fields(base_tool):
        name = identifier(original, "argument")
        # The run fills in a parameter of the name `seed` itself.
        name = f"{name}_" if keyword.iskeyword(name) or name == SEED else name
        if name in arguments:
            raise PluginError(
                f"the LangChain tool {base_tool.name!r} cannot be used: {original!r} and "
                f"{arguments[name].original!r} are both {name!r} in plans",
                hint="wrap it in a function whose arguments have other names",
            )
        plan_hint = hint if required or hint is Any else hint | None
        arguments[name] = ToolArgument(original, name, plan_hint, required, convert)
    return sorted(arguments.values(), key=lambda argument: not argument.required)


def _fields(base_tool: BaseTool) -> Iterator[tuple[str, Any, bool, Convert]]:
    """Yield the name, type hint, necessity and conversion of each argument."""
    schema: Any = base_tool.tool_call_schema
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        definition = _json_schema(schema)
        properties = cast("Mapping[str, Schema]", definition.get("properties") or {})
        definitions = cast("Mapping[str, Schema]", definition.get("$defs") or {})
        for name, field in schema.model_fields.items():
            field_schema = _resolved(properties.get(field.alias or name) or {}, definitions)
            hint, convert = _hint(field.annotation, field_schema)
            yield name, hint, field.is_required(), convert
        return
    definition = cast("Schema", schema if isinstance(schema, dict) else schema.schema())
    required = cast("list[str]", definition.get("required") or [])
    for name, field_schema in cast("Mapping[str, Schema]", definition["properties"]).items():
        hint, convert = _hint_of_schema(field_schema)
        yield name, hint, name in required, convert


def _json_schema(model: type[BaseModel]) -> Schema:
    try:
        return model.model_json_schema()
    except PydanticInvalidForJsonSchema:  # a type such as Image has none
        return {}


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return the schema that a reference to a definition stands for."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return definitions.get(name, schema)


def _hint(annotation: Any, schema: Schema) -> tuple[Any, Convert]:
    """Return the type hint of an annotation without None, and its conversion."""
    annotation = _without_none(annotation)
    if annotation is PIL.Image.Image:
        return Image, lambda value, folder: cast("Image", value).pixels
    if annotation is Path:
        return Any, _write_file
    try:
        type_of_hint(annotation)
    except TypeError:
        return _hint_of_schema(schema)
    return annotation, lambda value, folder: value


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation


def _hint_of_schema(schema: Schema) -> tuple[Any, Convert]:
    hint: Any = hint_of_schema(dict(schema))
    if hint is None:
        return str, _parse_json
    if isinstance(hint, type) and issubclass(hint, Media):
        return hint, lambda value, folder: base64.b64encode(cast("Media", value).encode()).decode()
    return hint, lambda value, folder: value


def _parse_json(value: Value, folder: Path) -> Any:
    try:
        return json.loads(str(value))
    except ValueError:
        return value


def _write_file(value: Value, folder: Path) -> Path:
    """Write a medium into the folder and return its path; a text is a path already."""
    if not isinstance(value, Media):
        return Path(str(value))
    path = folder / f"{value.digest[:16]}{value.file_suffix}"
    path.write_bytes(value.encode())
    return path
