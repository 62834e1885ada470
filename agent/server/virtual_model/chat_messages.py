"""Messages of a chat: their text and files, split into history and request."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.server.api_errors import ApiError
from agent.server.runs.file_inputs import ReceivedFile, file_of_text

_INSTRUCTION_ROLES = ("system", "developer")
_PICTURES = ("image", "mask", "video")
"""The kinds of an image part: an animated picture is a video."""
_SOUNDS = ("audio", "video")
_TEXT_TYPES = ("text", "input_text", "output_text", "refusal")


class MessageBody(BaseModel):
    """A message: text, or a list of parts with text, images, audio and files."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str = ""


Messages = Annotated[list[MessageBody], Field(min_length=1, max_length=1_000)]


@dataclass(frozen=True)
class ChatMessage:
    """The text of a message and its files in order."""

    role: str
    text: str
    files: tuple[ReceivedFile, ...] = ()


@dataclass(frozen=True)
class ChatRequest:
    """A chat split at its last answer: what came before, and what is asked now."""

    history: tuple[ChatMessage, ...]
    """Messages of the user and answers, up to the last answer."""
    new_messages: tuple[ChatMessage, ...]
    """Messages of the user after the last answer."""
    instructions: str = ""
    tool_results: Mapping[str, str] = field(default_factory=dict[str, str])
    """The results that the client gives for the calls of the last answer, by the calls' ids."""

    @property
    def request(self) -> str:
        """The text of the request, after the instructions."""
        texts = [self.instructions, *(message.text for message in self.new_messages)]
        return "\n\n".join(text.strip() for text in texts if text.strip())

    @property
    def files(self) -> list[ReceivedFile]:
        return [file for message in self.new_messages for file in message.files]


def read_chat(messages: Sequence[MessageBody], instructions: str = "") -> ChatRequest:
    """Read the messages; ApiError for a part that cannot be used."""
    exchange: list[ChatMessage] = []
    texts = [instructions]
    for index, message in enumerate(messages):
        chat_message = _read_message(message, f"messages.{index}")
        if message.role == "tool" or message.tool_calls:
            continue  # steps of a run, which the server remembers
        if message.role in _INSTRUCTION_ROLES:
            texts.append(chat_message.text)
        else:
            exchange.append(chat_message)
    answers = [index for index, message in enumerate(exchange) if message.role == "assistant"]
    split = answers[-1] + 1 if answers else 0
    new_messages = tuple(exchange[split:])
    results = {
        message.tool_call_id: _read_result(message)
        for message in itertools.takewhile(
            lambda message: message.role == "tool", reversed(messages)
        )
    }
    instructions_text = "\n\n".join(filter(None, texts))
    chat = ChatRequest(tuple(exchange[:split]), new_messages, instructions_text, results)
    if not results and not any(message.text.strip() for message in new_messages):
        raise ApiError(
            400,
            "the last message has no text",
            hint="end with a message of the role user that says what you want done",
            code="empty_request",
            param="messages",
        )
    return chat


def history_key(messages: Iterable[ChatMessage]) -> str:
    """Return a key that is the same for the same messages, however they are split in parts."""
    content = [
        [message.role, message.text.strip(), [_file_key(file) for file in message.files]]
        for message in messages
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _file_key(file: ReceivedFile) -> str:
    return file.artifact or hashlib.sha256(file.data).hexdigest()


def _read_message(message: MessageBody, param: str) -> ChatMessage:
    if message.role == "function":
        raise ApiError(
            400,
            f"{param} has the role {message.role!r}; allowed are system, developer, user, "
            "assistant and tool",
            hint="use `tools` and messages of the role tool instead of functions",
            code="unsupported_role",
            param=param,
        )
    if isinstance(message.content, str) or message.content is None:
        return ChatMessage(message.role, message.content or "")
    texts: list[str] = []
    files: list[ReceivedFile] = []
    for index, part in enumerate(message.content):
        part_param = f"{param}.content.{index}"
        if part.get("type") in _TEXT_TYPES:
            texts.append(_text_in(part, ("text", "refusal"), part_param))
        else:
            files.append(_read_file_part(part, part_param))
    return ChatMessage(message.role, "\n".join(texts), tuple(files))


def _read_result(message: MessageBody) -> str:
    """Return the result of a tool of the client, which is text."""
    result = _read_message(message, "messages")
    if result.files:
        raise ApiError(
            400,
            f"the result of the call {message.tool_call_id!r} holds a file; only text is allowed",
            hint="give the result as text, and send the file with the next request",
            code="wrong_media",
            param="messages",
        )
    return result.text


def _read_file_part(part: dict[str, Any], param: str) -> ReceivedFile:
    """Read the file of a part in the form of chat completions, responses or LangChain."""
    kind = part.get("type")
    match kind:
        case "image_url" | "input_image" | "video_url":
            value: Any = part.get("video_url" if kind == "video_url" else "image_url")
            url: Any = value.get("url") if isinstance(value, dict) else value
            if isinstance(url, str):
                name = "video" if kind == "video_url" else "image"
                return file_of_text(url, name, param=param, kinds=_PICTURES)
        case "input_audio":
            audio: Any = part.get("input_audio")
            if isinstance(audio, dict):
                data = _text_in(audio, ("data",), param)
                return file_of_text(data, "audio", param=param, kinds=_SOUNDS)
        case "file" | "input_file":
            file: Any = part.get("file") if isinstance(part.get("file"), dict) else part
            name = file.get("filename")
            data = _text_in(file, ("file_data",), param)
            return file_of_text(data, name if isinstance(name, str) else "file", param=param)
        case _:
            pass
    raise ApiError(
        400,
        f"{param} is a part of the type {kind!r} that cannot be read",
        hint="use text, image_url with a data URI, input_audio with base64, or file with file_data",
        code="unsupported_part",
        param=param,
    )


def _text_in(part: dict[str, Any], fields: Sequence[str], param: str) -> str:
    for name in fields:
        if isinstance(value := part.get(name), str):
            return value
    raise ApiError(
        400,
        f"{param} has no text in {fields[0]!r}",
        hint="see /openapi.json for the parts of a message",
        code="invalid_schema",
        param=f"{param}.{fields[0]}",
    )
