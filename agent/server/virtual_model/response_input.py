"""Read a request of the Responses API: its input items, its tools and what cannot be obeyed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.server.api_errors import ApiError, invalid_body, reject
from agent.server.model_names import MODEL
from agent.server.virtual_model.chat_completions import Extension
from agent.server.virtual_model.chat_messages import MessageBody
from agent.server.virtual_model.tool_calls import (
    MAX_TOOLS,
    FunctionDefinition,
    ToolDefinition,
    require_free_choice,
)

RESPONSE_PREFIX = "resp_"


class ResponseRequest(BaseModel):
    """A request to the virtual model in the form of the Responses API."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: Annotated[str, Field(max_length=200)] = MODEL
    input: str | list[dict[str, Any]]
    instructions: str | None = None
    previous_response_id: Annotated[str, Field(max_length=100)] | None = None
    conversation: str | dict[str, Any] | None = None
    stream: bool = False
    metadata: dict[str, Any] | None = None
    """`conversation_id` names the conversation."""
    batuta: Extension = Extension()
    tools: Annotated[list[dict[str, Any]], Field(max_length=MAX_TOOLS)] | None = None
    """Functions that the client runs: a plan may call them, and the output has calls then."""
    tool_choice: Any = None
    background: bool | None = None
    text: dict[str, Any] | None = None


def require_supported(body: ResponseRequest) -> None:
    """Refuse parameters that would change the answer and cannot be obeyed."""
    require_free_choice(body.tool_choice)
    if body.background:
        reject("background", "there are no background responses", "use POST /v1/runs")
    form: Any = (body.text or {}).get("format") or {}
    if form.get("type", "text") != "text":
        reject("text", f"the format is {form!r}; only text is allowed", "leave `text` out")


def tools_in(body: ResponseRequest) -> list[ToolDefinition]:
    """Return the tools that the client runs."""
    if body.tool_choice == "none":
        return []
    for tool in body.tools or ():
        if tool.get("type") != "function":
            reject(
                "tools",
                f"a tool is of the type {tool.get('type')!r:.100}; only 'function' is allowed",
                "leave it out: the server plans with its own tools, see GET /v1/tools",
            )
    try:
        return [
            ToolDefinition(type="function", function=FunctionDefinition.model_validate(tool))
            for tool in body.tools or ()
        ]
    except ValidationError as error:
        raise invalid_body(error) from error


def messages_in(body: ResponseRequest) -> list[MessageBody]:
    """Return the messages of the input; reasoning that a client sends back is left out."""
    if isinstance(body.input, str):
        return [MessageBody(role="user", content=body.input)]
    items = enumerate(body.input)
    try:
        return [_message(item, i) for i, item in items if item.get("type") != "reasoning"]
    except ValidationError as error:
        raise invalid_body(error) from error


def _message(item: Mapping[str, Any], index: int) -> MessageBody:
    """Return an item as the message that it is in a chat."""
    match item.get("type", "message"):
        case "message":
            return MessageBody.model_validate(item)
        case "function_call":
            return MessageBody(role="assistant", tool_calls=[dict(item)])
        case "function_call_output":
            return MessageBody(
                role="tool", content=item.get("output"), tool_call_id=item.get("call_id") or ""
            )
        case kind:
            raise ApiError(
                400,
                f"input.{index} is an item of the type {kind!r}; allowed are messages, "
                "function_call and function_call_output",
                hint="send text, images, audio and files as parts of messages",
                code="unsupported_item",
                param=f"input.{index}",
            )


def named_conversation(body: ResponseRequest) -> str:
    """Return the conversation that the body names."""
    conversation = body.conversation
    if isinstance(conversation, dict):
        conversation = conversation.get("id")
    fields = [body.batuta.conversation, conversation, (body.metadata or {}).get("conversation_id")]
    return next((text for text in fields if isinstance(text, str) and text), "")


def run_of_response(response_id: str | None) -> str:
    """Return the run of a response; 404 for an id that no response has."""
    if not response_id:
        return ""
    run = response_id.removeprefix(RESPONSE_PREFIX).partition("_")[0]
    if response_id.startswith(RESPONSE_PREFIX):
        return run
    raise ApiError(
        404,
        f"there is no response {response_id!r}",
        hint="use the id of a response that the same key received",
        code="response_not_found",
        param="previous_response_id",
    )
