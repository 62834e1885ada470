"""Make the tools of MCP servers callable in plans.

What a server says about itself is untrusted: names become identifiers with the server's name in
front, descriptions become one short line, and a plan that calls a tool waits for approval unless
the user trusts the server.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from mcp import types

from agent.mcp.remote_server import RemoteServer
from agent.mcp.remote_types import hint_of_schema
from agent.mcp.server_config import read_servers
from agent.mcp.untrusted_text import clean_text, identifier
from agent.record.artifacts import digest_of
from tools.errors import InputError, ToolError
from tools.media import Media
from tools.media.open_untrusted import open_media
from tools.sdk.plan_types import Value
from tools.sdk.tool import Tool
from tools.sdk.typed_function import SEED

_RESULT = "result"
_TEXT_CHARACTERS = 100_000
_ERROR_CHARACTERS = 1000


@dataclass(frozen=True)
class RemoteParameter:
    """A parameter of a server's tool: its name there, and its name and type in plans."""

    original: str
    name: str
    hint: Any
    required: bool


@dataclass
class RemoteTools:
    """The tools of all servers of a file; `close` ends the servers."""

    tools: list[Tool[..., Any]] = field(default_factory=list[Tool[..., Any]])
    problems: list[str] = field(default_factory=list[str])
    """A sentence for each server that cannot be reached and each tool that is left out."""
    servers: list[RemoteServer] = field(default_factory=list[RemoteServer])

    @classmethod
    def load(cls, path: Path) -> RemoteTools:
        """Start the servers of a file and make their tools."""
        remote = cls()
        names: set[str] = set()
        for server_name, entry in read_servers(path).items():
            server = RemoteServer(clean_text(server_name, 60), entry)
            remote.servers.append(server)
            try:
                definitions = server.list_tools()
            except ToolError as error:
                remote.problems.append(str(error))
                continue
            for definition in definitions:
                remote._add(server, definition, names)
        return remote

    def close(self) -> None:
        for server in self.servers:
            server.close()

    def _add(self, server: RemoteServer, definition: types.Tool, names: set[str]) -> None:
        prefix = identifier(server.name, "server")
        name = base = f"{prefix}_{identifier(definition.name, 'tool')}"
        number = 1
        while name in names:
            number += 1
            name = f"{base}_{number}"
        try:
            tool = make_tool(server, definition, name)
        except InputError as error:
            self.problems.append(error.message)
            return
        names.add(name)
        self.tools.append(tool)


def make_tool(server: RemoteServer, definition: types.Tool, name: str) -> Tool[..., Any]:
    """Return a tool of plans that calls the tool of the server."""
    parameters = _parameters(server, definition)
    by_name = {parameter.name: parameter for parameter in parameters}

    def call_server(**arguments: Value) -> Value:
        content = {
            by_name[argument].original: _json_value(value)
            for argument, value in arguments.items()
            if value is not None
        }
        return read_result(server.call(definition.name, content), server.name)

    returns: Any = _result_hint(definition.output_schema)
    call_server.__name__ = call_server.__qualname__ = name
    call_server.__doc__ = _description(server, definition)
    call_server.__annotations__ = {
        **{parameter.name: parameter.hint for parameter in parameters},
        "return": returns,
    }
    call_server.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                parameter.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if parameter.required else None,
            )
            for parameter in parameters
        ]
    )
    tool = Tool(call_server, cache=False, ask=not server.entry.trusted)
    tool.source = f"the MCP server {server.name}"
    # All these functions have the same source text, so the schema has to tell them apart.
    tool.version = digest_of(server.name, definition.model_dump_json())[:12]
    return tool


def _parameters(server: RemoteServer, definition: types.Tool) -> list[RemoteParameter]:
    """Return the parameters, the required ones first; InputError if plans cannot give one."""
    schema = definition.input_schema
    properties = cast("Mapping[str, Any]", schema.get("properties") or {})
    required = cast("Sequence[str]", schema.get("required") or ())
    parameters: dict[str, RemoteParameter] = {}
    for original in sorted(properties, key=lambda name: name not in required):
        hint: Any = hint_of_schema(properties[original])
        name = _parameter_name(original)
        if hint is None or name in parameters:
            if original not in required:
                continue
            raise InputError(
                f"the tool {clean_text(definition.name, 64)!r} of the MCP server {server.name!r} "
                f"is left out: plans cannot give {clean_text(original, 64)!r}"
            )
        is_required = original in required
        if not is_required:
            hint = hint | None
        parameters[name] = RemoteParameter(original, name, hint, is_required)
    return list(parameters.values())


def _parameter_name(original: str) -> str:
    name = identifier(original, "argument")
    # The run fills in a parameter of the name `seed` itself.
    return f"{name}_" if keyword.iskeyword(name) or name == SEED else name


def _description(server: RemoteServer, definition: types.Tool) -> str:
    text = clean_text(definition.description or definition.title or "")
    return text or f"Call the tool {identifier(definition.name, 'tool')} of {server.name}."


def _result_hint(schema: Mapping[str, Any] | None) -> object:
    """Return the type of the one property `result`; any value if there is no such schema."""
    properties = cast("Mapping[str, Any]", (schema or {}).get("properties") or {})
    hint = hint_of_schema(properties.get(_RESULT)) if set(properties) == {_RESULT} else None
    return Any if hint is None else hint


def _json_value(value: Value) -> Any:
    if isinstance(value, Media):
        return base64.b64encode(value.encode()).decode()
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return value


def read_result(result: types.CallToolResult, server: str) -> Value:
    """Return the value of a result; ToolError if it is an error."""
    if result.is_error:
        texts = [block.text for block in result.content if isinstance(block, types.TextContent)]
        raise ToolError(
            f"the MCP server {server!r} says: {clean_text(' '.join(texts), _ERROR_CHARACTERS)}",
            hint="try other arguments",
        )
    media = [value for block in result.content if (value := _medium(block)) is not None]
    if media:
        return media[0] if len(media) == 1 else media
    if isinstance(result.structured_content, dict):
        content = cast("dict[str, Any]", result.structured_content)
        if set(content) == {_RESULT} and _is_plan_value(content[_RESULT]):
            return content[_RESULT]
    texts = [block.text for block in result.content if isinstance(block, types.TextContent)]
    return "\n".join(texts)[:_TEXT_CHARACTERS]


def _medium(block: types.ContentBlock) -> Media | None:
    """Return the medium of a block, decoded like an upload; None for text and links."""
    if isinstance(block, types.ImageContent | types.AudioContent):
        data = block.data
    elif isinstance(block, types.EmbeddedResource) and isinstance(
        block.resource, types.BlobResourceContents
    ):
        data = block.resource.blob
    else:
        return None
    try:
        content = open_media(base64.b64decode(data, validate=True), "the result")
    except (binascii.Error, InputError) as error:
        raise ToolError(
            f"a medium of the result cannot be used: {error}", hint="ask the server for another"
        ) from error
    if isinstance(content, Media):
        return content
    raise ToolError(
        f"a medium of the result cannot be used: it is the text {content[:40]!r}",
        hint="ask the server for another",
    )


def _is_plan_value(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_plan_value, cast("list[object]", value)))
    return value is None or isinstance(value, str | int | float | bool)
