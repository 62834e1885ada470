"""Turn the JSON arguments of a client into stored values.

A medium is named by a data: URI, by the URI of an artifact, or by a path below a folder that the
user allows. No other path and no address is opened.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from agent.mcp.artifact_uris import ARTIFACT_URI, digest_of_uri
from agent.mcp.json_schemas import REGIONS
from agent.mcp.mcp_backend import McpBackend
from agent.plan import Callee
from agent.record.artifacts import Encoded, type_of_encoded
from tools.errors import BadArgument, InputError
from tools.media import Box
from tools.sdk.plan_types import MEDIA_CLASSES, Type, accepts
from tools.sdk.typed_function import SEED

_DATA_URI = re.compile(r"data:(?P<parameters>[^,]{0,200}),", re.IGNORECASE)
_SHOWN_CHARACTERS = 80
MAX_FILES = 10


class ClientValues:
    """Stores the values that a client gives for a call."""

    def __init__(self, backend: McpBackend) -> None:
        self._backend = backend

    async def arguments(self, callee: Callee, content: Mapping[str, Any]) -> dict[str, Encoded]:
        """Return the stored arguments of a call; InputError for the first unusable one."""
        parameters = {
            parameter.name: parameter for parameter in callee.parameters if parameter.name != SEED
        }
        for name in content:
            if name not in parameters:
                raise InputError(
                    f"{callee.name} has no parameter {name!r}; it has: {', '.join(parameters)}",
                    hint=f"call it as {callee.signature}",
                )
        for parameter in parameters.values():
            if parameter.required and parameter.name not in content:
                raise InputError(
                    f"{callee.name} needs {parameter.name!r}, which is {parameter.type}",
                    hint=f"call it as {callee.signature}",
                )
        return {
            name: await self._argument(name, value, parameters[name].type)
            for name, value in content.items()
            if value is not None or parameters[name].required
        }

    async def files(self, texts: Sequence[str]) -> list[Encoded]:
        """Return the stored contents of the files of a request."""
        if len(texts) > MAX_FILES:
            raise InputError(
                f"there are {len(texts)} files; {MAX_FILES} are allowed in one request",
                hint="send fewer files, or several requests of one conversation",
            )
        return [await self._file(text) for text in texts]

    async def _argument(self, name: str, value: Any, kind: Type) -> Encoded:
        encoded = await self._encode(value, kind)
        if not accepts(kind, type_of_encoded(encoded)):
            raise InputError(
                f"{name} is {_excerpt(value)}, which is {type_of_encoded(encoded)}; "
                f"allowed is {kind}",
                hint="see the schema of the tool's arguments",
            )
        return encoded

    async def _encode(self, value: Any, kind: Type) -> Encoded:
        if isinstance(value, list):
            items = cast("list[Any]", value)
            if kind.name in REGIONS:
                return await self._rectangle(items)
            item = kind.item or Type("Any")
            return [await self._encode(element, item) for element in items]
        is_medium = kind.name in MEDIA_CLASSES or kind.name == "Region"
        if is_medium and isinstance(value, str):
            return await self._file(value)
        if isinstance(value, str | int | float | bool | None):
            return value
        raise InputError(
            f"an argument is {_excerpt(value)}; allowed is {kind}",
            hint="see the schema of the tool's arguments",
        )

    async def _rectangle(self, edges: list[Any]) -> Encoded:
        if len(edges) != 4 or not all(
            isinstance(edge, int | float) and not isinstance(edge, bool) for edge in edges
        ):
            raise InputError(
                f"a region is {_excerpt(edges)}; allowed are four numbers",
                hint="give its left, top, right and bottom edge in pixels",
            )
        try:
            left, top, right, bottom = map(float, edges)
            box = Box(left, top, right, bottom)
        except BadArgument as error:
            raise InputError(error.message, hint=error.hint) from error
        return await self._backend.agent.store_upload(box, "region")

    async def _file(self, text: str) -> Encoded:
        if text.startswith(ARTIFACT_URI):
            return await self._artifact(text)
        if match := _DATA_URI.match(text):
            content = text[match.end() :]
            is_base64 = match["parameters"].lower().endswith(";base64")
            data = _decode_base64(content) if is_base64 else unquote_to_bytes(content)
            return await self._backend.store_content(data)
        if re.match(r"(?!file:)[a-z][a-z0-9+.-]+:", text, re.IGNORECASE):
            raise InputError(
                f"{_excerpt(text)} is an address, and none is opened",
                hint="give the content as a data: URI, or the URI of an artifact",
            )
        return await self._backend.store_path(text)

    async def _artifact(self, uri: str) -> Encoded:
        digest = digest_of_uri(uri) or uri
        self._backend.require_artifact(digest)
        store = self._backend.agent.session.store
        artifact, _ = await asyncio.to_thread(store.open, digest)
        return {"artifact": artifact.digest, "kind": artifact.kind}


def _decode_base64(content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(
            f"the content of a data: URI begins with {content[:40]!r}, which is not base64",
            hint="encode the content of the file as base64",
        ) from error


def _excerpt(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
