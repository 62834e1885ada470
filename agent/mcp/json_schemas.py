"""Describe the parameters and results of tools and named plans by JSON schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.mcp.artifact_uris import ARTIFACT_URI
from agent.plan import Callee
from tools.sdk.plan_types import MEDIA_CLASSES, Type
from tools.sdk.typed_function import SEED

Schema = dict[str, Any]

_SCALARS: Mapping[str, str] = {
    "Text": "string",
    "Number": "number",
    "Integer": "integer",
    "Boolean": "boolean",
    "None": "null",
}
_EDGES: Schema = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 4,
    "description": "The left, top, right and bottom edge of a rectangle, in pixels",
}
REGIONS = ("Region", "Box")
"""Types for which a client may give the edges of a rectangle."""
FILE_DESCRIPTION = (
    f"a data: URI, {ARTIFACT_URI}DIGEST of a result, or a path below a folder that the user allows"
)
SEED_SCHEMA: Schema = {
    "type": "integer",
    "minimum": 0,
    "default": 0,
    "description": "The same seed gives the same results",
}


def parameter_schema(kind: Type) -> Schema:
    """Return the schema of the JSON values that a parameter of this type takes."""
    schema = _required_schema(kind)
    return {"anyOf": [schema, {"type": "null"}]} if kind.optional else schema


def _required_schema(kind: Type) -> Schema:
    if kind.choices:
        return {"type": "string", "enum": list(kind.choices)}
    if kind.item:
        return {"type": "array", "items": parameter_schema(kind.item)}
    if kind.name in _SCALARS:
        return {"type": _SCALARS[kind.name]}
    if kind.name in REGIONS:
        return {"anyOf": [_EDGES, _file_schema(kind.name)]}
    if kind.name in MEDIA_CLASSES:
        return _file_schema(kind.name)
    return {}


def _file_schema(kind: str) -> Schema:
    return {"type": "string", "description": f"{kind}: {FILE_DESCRIPTION}"}


def result_schema(kind: Type) -> Schema:
    """Return the schema of `result` in the structured content of a call."""
    schema = _required_result_schema(kind)
    return {"anyOf": [schema, {"type": "null"}]} if kind.optional else schema


def _required_result_schema(kind: Type) -> Schema:
    if kind.item:
        return {"type": "array", "items": result_schema(kind.item)}
    if kind.name in MEDIA_CLASSES or kind.name == "Region":
        return {
            "type": "object",
            "properties": {
                "uri": {"type": "string"},
                "kind": {"type": "string"},
                "description": {"type": "string"},
            },
            "required": ["uri", "kind", "description"],
        }
    return _required_schema(kind)


def arguments_schema(callee: Callee) -> Schema:
    """Return the schema of the arguments of a tool or a named plan."""
    properties: dict[str, Schema] = {}
    for parameter in callee.parameters:
        if parameter.name == SEED:
            properties[SEED] = SEED_SCHEMA
            continue
        properties[parameter.name] = parameter_schema(parameter.type)
        if not parameter.required and isinstance(parameter.default, str | int | float | bool):
            properties[parameter.name]["default"] = parameter.default
    return with_nullable_options(
        {
            "type": "object",
            "properties": properties,
            "required": [
                parameter.name
                for parameter in callee.parameters
                if parameter.required and parameter.name != SEED
            ],
            "additionalProperties": False,
        }
    )


def with_nullable_options(schema: Schema) -> Schema:
    """Mark optional properties as `nullable`, the word of OpenAPI 3.0.

    smolagents requires every other property, whatever `required` says. Null stands for the default.
    """
    required = schema.get("required", ())
    properties = {
        name: value if name in required else {**value, "nullable": True}
        for name, value in schema["properties"].items()
    }
    return {**schema, "properties": properties}
