"""Tools and named plans as tools of LangChain.

A call runs as a plan of one line, so that it is typed, cached, recorded and within the budgets.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from langchain_core.tools import BaseTool, ToolException
from pydantic import PrivateAttr

from agent.api.answer import Answer, write_results
from agent.mcp.artifact_uris import artifact_uri
from agent.mcp.json_schemas import arguments_schema
from agent.mcp.single_call import RESULT
from agent.plan import Callee
from agent.record.artifacts import MEDIA_TYPES, ArtifactStore, Encoded, references
from agent.record.events import NamedValue
from tools.errors import BatutaError

if TYPE_CHECKING:
    from agent.api.async_agent import Approve, AsyncAgent
    from agent.api.loop_thread import LoopThread

R = TypeVar("R")

INLINE_BYTES = 700_000
"""Larger images are not sent to a language model."""

Content = str | list[str | dict[str, Any]]


@dataclass(frozen=True)
class CallOptions:
    """The agent that runs the calls, and what they may do."""

    agent: AsyncAgent
    folders: Sequence[str | Path]
    approve: Approve | None
    images: bool
    thread: LoopThread[AsyncAgent] | None
    """The thread of a synchronous agent."""


class BatutaTool(BaseTool):
    """A tool of LangChain that calls a tool or a named plan of an agent.

    Its content is the result as text, with a path and a URI for each medium; its artifact is the
    `Answer`. An error is a `ToolException`, which the language model reads with its hint.
    """

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    _options: CallOptions = PrivateAttr()

    @classmethod
    def of(
        cls,
        callee: Callee,
        agent: AsyncAgent,
        *,
        folders: Sequence[str | Path] = (),
        approve: Approve | None = None,
        images: bool = False,
        thread: LoopThread[AsyncAgent] | None = None,
    ) -> Self:
        """Return the tool that calls a callee of this agent."""
        schema = {"title": callee.name, **arguments_schema(callee)}
        new_tool = cls(name=callee.name, description=callee.description, args_schema=schema)
        new_tool._options = CallOptions(agent, folders, approve, images, thread)
        return new_tool

    def _run(self, **arguments: Any) -> tuple[Content, Answer]:
        thread = self._options.thread
        if thread is None:
            raise ToolException(
                f"{self.name} belongs to an AsyncAgent and was called synchronously\n"
                "hint: call it with ainvoke, or take the tools of an Agent"
            )
        try:
            return thread.call(self._call(arguments))
        except BatutaError as error:
            raise ToolException(str(error)) from error

    async def _arun(self, **arguments: Any) -> tuple[Content, Answer]:
        thread = self._options.thread
        call = self._call(arguments)
        try:
            return await (thread.call_from_loop(call) if thread else call)
        except BatutaError as error:
            raise ToolException(str(error)) from error

    async def _call(self, arguments: Mapping[str, Any]) -> tuple[Content, Answer]:
        options = self._options
        answer = await options.agent.call(
            self.name, arguments, folders=options.folders, approve=options.approve
        )
        return await asyncio.to_thread(_content, answer, images=options.images), answer


def _content(answer: Answer, *, images: bool) -> Content:
    """Return the result as text, or as content blocks if images are to be seen."""
    result = answer.names[RESULT]
    digests = references(result)
    paths = write_results(answer.store, (NamedValue(RESULT, result),), answer.folder / "results")
    path_of = dict(zip(digests, paths.values(), strict=True))
    described = _described(answer.store, result, path_of)
    text = described if isinstance(described, str) else json.dumps(described, ensure_ascii=False)
    blocks = _image_blocks(answer.store, result) if images else []
    return [{"type": "text", "text": text}, *blocks] if blocks else text


def _described(store: ArtifactStore, value: Encoded, paths: Mapping[str, Path]) -> Any:
    """Return a value as JSON, each medium by its description, path and URI."""
    if isinstance(value, list):
        return [_described(store, item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    artifact = store.describe(value["artifact"], value["kind"])
    return {
        "kind": value["kind"],
        "description": artifact.description,
        "path": str(paths[artifact.digest]),
        "uri": artifact_uri(artifact.digest),
    }


def _image_blocks(store: ArtifactStore, value: Encoded) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for digest in references(value):
        artifact, data = store.open(digest)
        if artifact.kind in ("image", "mask") and artifact.bytes <= INLINE_BYTES:
            block = {"type": "image", "base64": base64.b64encode(data).decode()}
            blocks.append({**block, "mime_type": MEDIA_TYPES[artifact.kind]})
    return blocks
