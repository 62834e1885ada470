"""Describe tools and named plans as the Model Context Protocol lists them."""

from __future__ import annotations

from mcp import types

from agent.mcp.json_schemas import arguments_schema, result_schema
from agent.plan import Callee
from tools.sdk.tool import Tool


def tool_of_callee(callee: Callee) -> types.Tool:
    """Return the MCP tool that runs a tool or a named plan."""
    needs_approval = isinstance(callee, Tool) and callee.ask
    return types.Tool(
        name=callee.name,
        description=callee.description,
        input_schema=arguments_schema(callee),
        annotations=types.ToolAnnotations(
            read_only_hint=not needs_approval, open_world_hint=needs_approval
        ),
        output_schema={
            "type": "object",
            "properties": {
                "result": result_schema(callee.returns),
                "run": {"type": "string"},
                "state": {"type": "string"},
            },
            "required": ["run", "state"],
        },
    )
