"""Files that clients send: base64, data URIs, parts of a form, or their own artifacts.

Each is opened like an upload of the chat: detected by content and decoded in another process.
No path and no address of another server is ever opened.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from agent.record.artifacts import Encoded
from agent.runtime.agent_runtime import AgentRuntime
from agent.server.access.client_records import Client
from agent.server.api_errors import ApiError
from agent.web.uploads import UploadLimits, display_name
from tools.errors import InputError
from tools.media.open_untrusted import open_media

ARTIFACT_PATH = "/v1/artifacts/"

_DATA_URI = re.compile(r"data:(?P<type>[^,;]*)(?P<parameters>(?:;[^,;]*)*),", re.IGNORECASE)
_ARTIFACT_URL = re.compile(
    rf"(?:https?://[^/]+)?{ARTIFACT_PATH}(?P<digest>[0-9a-f]{{64}})(?:\?.*)?"
)


@dataclass(frozen=True)
class ReceivedFile:
    """A file as a client sent it: its content, or the digest of an artifact."""

    name: str
    data: bytes = b""
    artifact: str = ""
    kinds: tuple[str, ...] = ()
    """The kinds of media that it may be; any if empty."""
    param: str = ""
    """The field of the request that it comes from."""


def file_of_text(text: str, name: str, *, param: str, kinds: tuple[str, ...] = ()) -> ReceivedFile:
    """Return the file in a base64 text, a data URI or a link to an artifact."""
    if match := _ARTIFACT_URL.fullmatch(text):
        return ReceivedFile(name, artifact=match["digest"], kinds=kinds, param=param)
    if match := _DATA_URI.match(text):
        content = text[match.end() :]
        if ";base64" not in match["parameters"].lower():
            return ReceivedFile(name, unquote_to_bytes(content), kinds=kinds, param=param)
        return ReceivedFile(name, _decode_base64(content, param), kinds=kinds, param=param)
    if "://" in text[:40]:
        raise ApiError(
            400,
            f"{text[:80]!r} is on another server, and this server fetches nothing from others",
            hint="send the content itself as a data URI: data:image/png;base64,…",
            code="url_not_allowed",
            param=param,
        )
    return ReceivedFile(name, _decode_base64(text, param), kinds=kinds, param=param)


async def store_files(
    agent: AgentRuntime, client: Client, files: Sequence[ReceivedFile], limits: UploadLimits
) -> list[Encoded]:
    """Open and store the files in order; InputError for the first unusable one."""
    if len(files) > limits.count:
        raise InputError(
            f"there are {len(files)} files; {limits.count} are allowed in one request",
            hint="send fewer files, or several requests of one conversation",
        )
    total = sum(len(file.data) for file in files)
    if total > limits.total_bytes:
        raise InputError(
            f"the files have {total:,} bytes together; {limits.total_bytes:,} are allowed",
            hint="send smaller or fewer files",
        )
    return [await _store_file(agent, client, file, limits) for file in files]


async def _store_file(
    agent: AgentRuntime, client: Client, file: ReceivedFile, limits: UploadLimits
) -> Encoded:
    store = agent.session.store
    if file.artifact:
        client.require_artifact(file.artifact)
        artifact, _ = await asyncio.to_thread(store.open, file.artifact)
        _require_kind(file, artifact.kind)
        return {"artifact": artifact.digest, "kind": artifact.kind}
    name = display_name(file.name or "upload")
    content = await agent.session.run_in_opener(open_media, file.data, name, limits.per_file)
    _require_kind(file, "text" if isinstance(content, str) else content.kind)
    return await agent.store_upload(content, name)


def _require_kind(file: ReceivedFile, kind: str) -> None:
    """Refuse a file whose content is not what the field says, such as text sent as a sound."""
    if file.kinds and kind not in file.kinds:
        raise ApiError(
            400,
            f"{file.param} holds {kind}; allowed are {', '.join(file.kinds)}",
            hint="send the content in the field for its kind, or as a file",
            code="wrong_media",
            param=file.param,
        )


def _decode_base64(text: str, param: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(
            400,
            f"{param} begins with {text[:40]!r}, which is not base64",
            hint="encode the content of the file as base64, or give a data URI",
            code="invalid_base64",
            param=param,
        ) from error
