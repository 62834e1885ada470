"""Render a turn as a response of the Responses API, whole or as a stream of events."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from agent.record.control_characters import json_text
from agent.server.api_errors import ApiError
from agent.server.virtual_model.chat_turns import Turn
from agent.server.virtual_model.response_input import RESPONSE_PREFIX, ResponseRequest
from agent.server.virtual_model.run_narration import Delta
from agent.server.virtual_model.tool_calls import ToolCallBody


class ResponseRendering:
    """A turn in the JSON of the Responses API."""

    def __init__(self, turn: Turn, body: ResponseRequest) -> None:
        self.turn = turn
        self._body = body
        self._created_at = int(time.time())

    @property
    def id(self) -> str:
        return self._id(RESPONSE_PREFIX)

    @property
    def reasoning_id(self) -> str:
        return self._id("rs_")

    @property
    def message_id(self) -> str:
        return self._id("msg_")

    def _id(self, prefix: str) -> str:
        # A run that waits for its client has several responses, each after more of its events.
        part = f"_{self.turn.events_before}" if self.turn.events_before else ""
        return f"{prefix}{self.turn.run}{part}"

    def response(self, status: str, error: ApiError | None = None) -> dict[str, Any]:
        narration = self.turn.narration
        detail = error.body.error if error else None
        output: list[dict[str, Any]] = []
        if narration.reasoning:
            output.append(self.reasoning_item(narration.reasoning.strip()))
        if narration.content:
            output.append(self.message_item(narration.content.strip(), "completed"))
        output += [self.call_item(call) for call in self.turn.tool_calls]
        tools = self._body.tools or [] if self._body.tool_choice != "none" else []
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created_at,
            "status": status,
            "model": self._body.model,
            "output": output if status != "in_progress" else [],
            "error": {"code": detail.code, "message": detail.message} if detail else None,
            "incomplete_details": None,
            "instructions": self._body.instructions,
            "metadata": self._body.metadata or {},
            "previous_response_id": self._body.previous_response_id,
            "conversation": {"id": self.turn.conversation},
            "parallel_tool_calls": True,
            "tool_choice": "auto" if tools else "none",
            "tools": tools,
            "temperature": None,
            "top_p": None,
            "usage": self._usage() if status != "in_progress" else None,
        }

    def reasoning_item(self, text: str) -> dict[str, Any]:
        summary = [{"type": "summary_text", "text": text}] if text else []
        return {"id": self.reasoning_id, "type": "reasoning", "summary": summary}

    def message_item(self, text: str, status: str) -> dict[str, Any]:
        parts = [text_part(text)] if text else []
        return {
            "id": self.message_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": parts,
        }

    def call_item(self, call: ToolCallBody, status: str = "completed") -> dict[str, Any]:
        """Render a call that the client has to run; its arguments follow while in progress."""
        return {
            "id": f"fc_{call.id}",
            "type": "function_call",
            "status": status,
            "call_id": call.id,
            "name": call.function.name,
            "arguments": call.function.arguments if status == "completed" else "",
        }

    def _usage(self) -> dict[str, Any]:
        input_tokens, output_tokens = (
            self.turn.narration.input_tokens,
            self.turn.narration.output_tokens,
        )
        return {
            "input_tokens": input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input_tokens + output_tokens,
        }


def text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


@dataclass
class OutputStream:
    """The items of a streamed response: the reasoning, the message, and calls of the client."""

    rendering: ResponseRendering
    _number: int = 0
    _open_kind: str = ""
    _text: str = ""
    _index: int = -1

    def event(self, kind: str, **fields: Any) -> str:
        content = json_text({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return f"event: {kind}\ndata: {content}\n\n"

    def delta(self, delta: Delta) -> list[str]:
        """Return the events for the next characters."""
        events: list[str] = []
        if delta.kind != self._open_kind:
            events += [*self.close(), *self._open(delta.kind)]
        self._text += delta.text
        if delta.kind == "reasoning":
            name = "response.reasoning_summary_text.delta"
            events.append(self.event(name, delta=delta.text, **self._position()))
        else:
            name = "response.output_text.delta"
            events.append(self.event(name, delta=delta.text, logprobs=[], **self._position()))
        return events

    def close(self) -> list[str]:
        """Return the events that end the current item."""
        if not self._open_kind:
            return []
        text, position = self._text, self._position()
        item_position = {"output_index": self._index}
        if self._open_kind == "reasoning":
            part = {"type": "summary_text", "text": text}
            item = self.rendering.reasoning_item(text)
            events = [
                self.event("response.reasoning_summary_text.done", text=text, **position),
                self.event("response.reasoning_summary_part.done", part=part, **position),
            ]
        else:
            item = self.rendering.message_item(text, "completed")
            events = [
                self.event("response.output_text.done", text=text, logprobs=[], **position),
                self.event("response.content_part.done", part=text_part(text), **position),
            ]
        self._open_kind = ""
        return [*events, self.event("response.output_item.done", item=item, **item_position)]

    def call(self, call: ToolCallBody) -> list[str]:
        """Return the events of a call that the client has to run."""
        self._index += 1
        arguments = call.function.arguments
        item_position = {"output_index": self._index}
        position = {"item_id": f"fc_{call.id}", **item_position}
        started = self.rendering.call_item(call, "in_progress")
        name = "response.function_call_arguments"
        return [
            self.event("response.output_item.added", item=started, **item_position),
            self.event(f"{name}.delta", delta=arguments, **position),
            self.event(f"{name}.done", arguments=arguments, name=call.function.name, **position),
            self.event(
                "response.output_item.done", item=self.rendering.call_item(call), **item_position
            ),
        ]

    def _open(self, kind: str) -> list[str]:
        self._open_kind, self._text = kind, ""
        self._index += 1
        item_position = {"output_index": self._index}
        if kind == "reasoning":
            item = self.rendering.reasoning_item("")
            part: dict[str, Any] = {"type": "summary_text", "text": ""}
            name = "response.reasoning_summary_part.added"
        else:
            item = self.rendering.message_item("", "in_progress")
            part = text_part("")
            name = "response.content_part.added"
        return [
            self.event("response.output_item.added", item=item, **item_position),
            self.event(name, part=part, **self._position()),
        ]

    def _position(self) -> dict[str, Any]:
        if self._open_kind == "reasoning":
            return {
                "item_id": self.rendering.reasoning_id,
                "output_index": self._index,
                "summary_index": 0,
            }
        return {
            "item_id": self.rendering.message_id,
            "output_index": self._index,
            "content_index": 0,
        }
