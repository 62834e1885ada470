"""Render values as content of the Model Context Protocol.

A client gets small images and sounds themselves, and every medium as a link that it can read as a
resource or give to another tool.
"""

from __future__ import annotations

import base64
from typing import Any

from mcp import types

from agent.mcp.artifact_uris import artifact_uri
from agent.record.artifacts import MEDIA_TYPES, Artifact, ArtifactStore, Encoded
from agent.record.control_characters import visible

INLINE_BYTES = 700_000
"""Larger media are linked only: clients limit a message, often to a megabyte."""
_INLINE_TEXT_BYTES = 20_000
_TEXT_TYPES = {".json": "application/json", ".csv": "text/csv", ".txt": "text/plain"}


def media_type(artifact: Artifact) -> str:
    """Return the MIME type of an artifact's content."""
    text_type = _TEXT_TYPES.get(artifact.suffix, "application/octet-stream")
    return MEDIA_TYPES.get(artifact.kind, text_type)


def is_text(artifact: Artifact) -> bool:
    return artifact.suffix in _TEXT_TYPES


def content_of(store: ArtifactStore, name: str, value: Encoded) -> list[types.ContentBlock]:
    """Render the media of a value; other values have no content of their own."""
    if isinstance(value, list):
        return [
            block
            for number, item in enumerate(value, 1)
            for block in content_of(store, f"{name}_{number}", item)
        ]
    if not isinstance(value, dict):
        return []
    artifact = store.describe(value["artifact"], value["kind"])
    blocks: list[types.ContentBlock] = []
    if inline := _inline(store, artifact):
        blocks.append(inline)
    blocks.append(
        types.ResourceLink(
            name=name,
            uri=artifact_uri(artifact.digest),
            description=visible(artifact.description),
            mime_type=media_type(artifact),
            size=artifact.bytes,
        )
    )
    return blocks


def _inline(store: ArtifactStore, artifact: Artifact) -> types.ContentBlock | None:
    if artifact.bytes > (_INLINE_TEXT_BYTES if is_text(artifact) else INLINE_BYTES):
        return None
    if is_text(artifact):
        return types.TextContent(text=_content(store, artifact).decode(errors="replace"))
    if artifact.kind in ("image", "mask"):
        return types.ImageContent(
            data=_base64(_content(store, artifact)), mime_type=media_type(artifact)
        )
    if artifact.kind == "audio":
        return types.AudioContent(
            data=_base64(_content(store, artifact)), mime_type=media_type(artifact)
        )
    return None


def structured_value(store: ArtifactStore, value: Encoded) -> Any:
    """Return a value as JSON, each medium by its URI, kind and description."""
    if isinstance(value, list):
        return [structured_value(store, item) for item in value]
    if not isinstance(value, dict):
        return value
    artifact = store.describe(value["artifact"], value["kind"])
    return {
        "uri": artifact_uri(artifact.digest),
        "kind": value["kind"],
        "description": visible(artifact.description),
    }


def resource_contents(
    store: ArtifactStore, digest: str
) -> types.TextResourceContents | types.BlobResourceContents:
    """Return the content of an artifact as a resource."""
    artifact, data = store.open(digest)
    uri = artifact_uri(digest)
    if is_text(artifact):
        text = data.decode(errors="replace")
        return types.TextResourceContents(uri=uri, mime_type=media_type(artifact), text=text)
    return types.BlobResourceContents(uri=uri, mime_type=media_type(artifact), blob=_base64(data))


def _content(store: ArtifactStore, artifact: Artifact) -> bytes:
    return store.open(artifact.digest)[1]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
