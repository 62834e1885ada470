"""One turn of a chat: find its conversation, start its run, remember its answer.

The names of artifacts live on in a conversation. A client that names none is recognised by the
messages that it sends again: their digest leads to the state after the last answer. If the
conversation has gone on since, as when an answer is written again, that state begins a new one.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from agent.runtime.agent_runtime import AgentRuntime
from agent.runtime.client_tools import ClientResults, ClientTool
from agent.runtime.conversation_state import ConversationState, turn_without_plan
from agent.server.access.client_records import Client, History
from agent.server.api_errors import ApiError
from agent.server.model_names import MODEL, profile_of
from agent.server.runs.file_inputs import ReceivedFile
from agent.server.runs.run_service import RunService, RunSpec
from agent.server.virtual_model.chat_messages import ChatMessage, ChatRequest, history_key
from agent.server.virtual_model.run_narration import Narration
from agent.server.virtual_model.tool_calls import (
    ToolCallBody,
    ToolDefinition,
    client_tools_of,
    require_tools_of_calls,
    run_of_calls,
    tool_calls_of,
    values_of_calls,
)

CONVERSATION_HEADERS = ("x-conversation-id", "x-openwebui-chat-id")
MAX_CONVERSATION_LENGTH = 200


@dataclass(frozen=True)
class TurnOptions:
    """What a client says about a turn besides its messages."""

    model: str = MODEL
    conversation: str = ""
    previous_run: str = ""
    seed: int = 0
    media: Literal["link", "data_uri"] = "link"
    tools: Sequence[ToolDefinition] = ()
    """Tools that the client runs."""


@dataclass(frozen=True)
class Turn:
    """A turn whose run has started."""

    client: Client
    chat: ChatRequest
    run: str
    conversation: str
    agent: AgentRuntime
    narration: Narration
    tools: Sequence[ClientTool] = ()
    events_before: int = 0
    """The recorded events of the run before this turn."""

    @property
    def tool_calls(self) -> list[ToolCallBody]:
        """The calls that the client has to run before the run goes on."""
        return tool_calls_of(self.run, self.narration.client_calls, self.tools)


def conversation_in(request: Request, named: str) -> str:
    """Return the conversation that the body or a header names."""
    headers = [request.headers.get(header, "") for header in CONVERSATION_HEADERS]
    conversation = next(filter(None, [named, *headers]), "")
    if len(conversation) > MAX_CONVERSATION_LENGTH:
        raise ApiError(
            400,
            f"the conversation id has {len(conversation)} characters; "
            f"{MAX_CONVERSATION_LENGTH} are allowed",
            hint="use a short id, such as a UUID",
            code="invalid_conversation",
        )
    return conversation


async def start_turn(
    service: RunService, client: Client, chat: ChatRequest, options: TurnOptions, base_url: str
) -> Turn:
    """Start the run of a turn in its conversation."""
    profile = profile_of(options.model, service.agents.offer().profiles)
    agent = await service.agents.get(profile)
    tools = client_tools_of(options.tools, agent)
    if chat.tool_results:
        return await _continue_turn(service, client, chat, options, tools, base_url)
    conversation = await _find_conversation(service, client, agent, chat, options)
    thread = client.thread_of(conversation)
    values = await service.store_files(client, agent, chat.files)
    names = await agent.suggest_names(thread, values)
    spec = RunSpec(
        request=chat.request,
        inputs={name.name: name.value for name in names},
        conversation=conversation,
        seed=options.seed,
        profile=profile,
        client_tools=[tool.tool for tool in tools],
    )
    run = await service.start_run(client, spec)
    narration = _narration(service, client, agent, run, options, base_url)
    return Turn(client, chat, run, conversation, agent, narration, tools)


async def _continue_turn(
    service: RunService,
    client: Client,
    chat: ChatRequest,
    options: TurnOptions,
    tools: Sequence[ClientTool],
    base_url: str,
) -> Turn:
    """Continue the run whose calls the client has run."""
    run = run_of_calls(chat.tool_results)
    view = service.view(client, run)
    values = values_of_calls(run, view.client_calls, chat.tool_results)
    require_tools_of_calls(view.client_calls, tools)
    started = service.started(client, run)
    agent = await service.agents.get(started.profile, started.language_model)
    events_before = service.event_count(client, run)
    results = ClientResults([tool.tool for tool in tools], values)
    await service.give_results(client, run, results)
    narration = _narration(service, client, agent, run, options, base_url)
    conversation = client.conversation_of(run)
    return Turn(client, chat, run, conversation, agent, narration, tools, events_before)


def _narration(
    service: RunService,
    client: Client,
    agent: AgentRuntime,
    run: str,
    options: TurnOptions,
    base_url: str,
) -> Narration:
    return Narration(
        run=run,
        store=agent.session.store,
        url_of=lambda digest: base_url + service.links.sign(client.id, digest),
        embeds_media=options.media == "data_uri",
    )


async def finish_turn(turn: Turn) -> None:
    """Remember the conversation by its messages and by its run."""
    state = await turn.agent.conversation_state(turn.client.thread_of(turn.conversation))
    history = History(conversation=turn.conversation, state=state)
    answer = ChatMessage("assistant", turn.narration.content)
    messages = [*turn.chat.history, *turn.chat.new_messages]
    if messages:  # a client may send nothing but the results of its tools
        key = history_key([*messages, answer])
        await asyncio.to_thread(turn.client.save_history, key, history)
    await asyncio.to_thread(turn.client.save_history, f"run {turn.run}", history)


async def _find_conversation(
    service: RunService,
    client: Client,
    agent: AgentRuntime,
    chat: ChatRequest,
    options: TurnOptions,
) -> str:
    if options.conversation:
        thread = client.thread_of(options.conversation)
        if chat.history and not (await agent.conversation_state(thread)).run:
            await agent.begin_conversation(thread, await _state_of(service, client, agent, chat))
        return options.conversation
    if options.previous_run:
        history = client.history(f"run {client.require_run(options.previous_run)}")
    else:
        history = client.history(history_key(chat.history)) if chat.history else None
    if history is not None:
        current = await agent.conversation_state(client.thread_of(history.conversation))
        if current.run == history.state.run:
            return history.conversation
    conversation = secrets.token_hex(16)
    if history is not None:
        await agent.begin_conversation(client.thread_of(conversation), history.state)
    elif chat.history:
        state = await _state_of(service, client, agent, chat)
        await agent.begin_conversation(client.thread_of(conversation), state)
    return conversation


async def _state_of(
    service: RunService, client: Client, agent: AgentRuntime, chat: ChatRequest
) -> ConversationState:
    """Return the state of a conversation that this server has not led."""
    files: list[ReceivedFile] = []
    turns: list[dict[str, str]] = []
    request = ""
    for message in chat.history:
        files += message.files
        if message.role == "assistant":
            turns.append(turn_without_plan(request, message.text))
            request = ""
        else:
            request = f"{request}\n\n{message.text}".strip()
    values = await service.store_files(client, agent, files[-service.limits.uploads.count :])
    for value in values:
        if isinstance(value, dict):
            client.add_artifacts([value["artifact"]])
    names = await agent.suggest_names("", values)
    return ConversationState(names={name.name: name.value for name in names}, turns=turns)
