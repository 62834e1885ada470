"""What one key may use through the Model Context Protocol: the rules of the API."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, contextmanager

from agent.mcp.mcp_backend import McpRun
from agent.record.artifacts import Encoded, references
from agent.record.events import Event
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision
from agent.server.access.client_records import Client
from agent.server.api_errors import ApiError
from agent.server.runs.file_inputs import ReceivedFile
from agent.server.runs.run_service import RunService, RunSpec
from tools.errors import InputError, split_hint

_LISTED_RUNS = 100
"""Runs whose results are listed, the latest first."""


class ClientBackend:
    """The files, artifacts and runs of a client, for one request of the protocol."""

    def __init__(self, service: RunService, agent: AgentRuntime, client: Client) -> None:
        self._service = service
        self._agent = agent
        self._client = client
        self._file_count = 0

    @property
    def agent(self) -> AgentRuntime:
        return self._agent

    def thread_of(self, conversation: str) -> str:
        return self._client.thread_of(conversation)

    def conversation_of(self, outcome: RunOutcome) -> str:
        return self._client.conversation_of(outcome.run)

    def require_artifact(self, digest: str) -> None:
        with _input_errors():
            self._client.require_artifact(digest)

    async def store_content(self, data: bytes) -> Encoded:
        self._file_count += 1
        limit = self._service.limits.uploads.count
        if self._file_count > limit:
            raise InputError(
                f"there are more than {limit} files; {limit} are allowed in one call",
                hint="send fewer files, or name files of earlier calls by their URIs",
            )
        file = ReceivedFile("upload", data)
        with _input_errors():
            [value] = await self._service.store_files(self._client, self._agent, [file])
        return value

    async def store_path(self, path: str) -> Encoded:
        raise InputError(
            f"{path[:80]!r} is a path, and this server opens no path",
            hint="give the content as a data: URI, or the URI of an artifact",
        )

    async def run(self, run: McpRun) -> AsyncGenerator[Event]:
        spec = RunSpec(
            request=run.request,
            inputs=run.inputs,
            plan=run.plan,
            conversation=run.conversation or secrets.token_hex(16),
            seed=run.seed,
            ask_first=run.ask_first,
        )
        with _input_errors():
            run_id = await self._service.start_run(self._client, spec)
        async with aclosing(self._events(run_id)) as events:
            async for event in events:
                yield event

    async def decide(self, run: str, decision: Decision) -> AsyncGenerator[Event]:
        with _input_errors():
            event_count = self._service.event_count(self._client, run)
            await self._service.decide(self._client, run, decision)
        async with aclosing(self._events(run, after=event_count)) as events:
            async for event in events:
                yield event

    def results(self) -> Mapping[str, str]:
        names: dict[str, str] = {}
        for run in self._client.runs()[:_LISTED_RUNS]:
            for result in self._service.view(self._client, run).results:
                for digest in references(result.value):
                    names.setdefault(digest, result.name)
        return names

    async def _events(self, run: str, after: int = 0) -> AsyncGenerator[Event]:
        """Yield the events of a run after a number of them; stop it if nobody reads to its end."""
        has_ended = False
        try:
            async with aclosing(self._service.feed(self._client, run).read(after)) as items:
                async for item in items:
                    if item is not None:
                        yield item.event
            has_ended = True
        finally:
            if not has_ended:
                await self._service.stop(self._client, run)
        if error := self._service.error(run):  # which the trace does not record
            message, hint = split_hint(error)
            raise InputError(message, hint=hint)


@contextmanager
def _input_errors() -> Generator[None]:
    """Raise refusals of the API as errors that the protocol's server renders."""
    try:
        yield
    except ApiError as error:
        raise InputError(error.detail, hint=error.hint) from error
