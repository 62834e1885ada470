"""The backend of `batuta mcp`: one client, with the rights of the person who configured it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from agent.mcp.mcp_backend import McpRun
from agent.record.artifacts import Encoded, references
from agent.record.events import Event
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision
from agent.web.uploads import UploadLimits, display_name
from tools.errors import InputError
from tools.media.open_untrusted import open_folder, open_media


class LocalBackend:
    """Opens files below the allowed folders and runs on an agent of its own."""

    def __init__(
        self,
        agent: AgentRuntime,
        folders: Sequence[Path] = (),
        *,
        how_to_allow: str = "batuta mcp --files FOLDER",
    ) -> None:
        self._agent = agent
        self._how_to_allow = how_to_allow
        self._folders = [folder.expanduser().resolve() for folder in folders]
        self._limits = UploadLimits().per_file
        # Digests of results, the latest last, with their names.
        self._results: dict[str, str] = {}
        # Only these may be decided: other runs of the home folder belong to others.
        self._waiting_runs: set[str] = set()

    @property
    def agent(self) -> AgentRuntime:
        return self._agent

    def thread_of(self, conversation: str) -> str:
        return conversation

    def conversation_of(self, outcome: RunOutcome) -> str:
        # The events of a resumed run do not name its conversation.
        start_event = self._agent.runs.find(outcome.run).start_event()
        return outcome.conversation or start_event.conversation

    def require_artifact(self, digest: str) -> None:
        """Accept every artifact of the home folder."""

    async def store_content(self, data: bytes) -> Encoded:
        return await self._open(data, "upload")

    async def store_path(self, path: str) -> Encoded:
        allowed_path = self._allowed_path(path.removeprefix("file://"))
        if not allowed_path.is_dir():
            return await self._open(allowed_path, allowed_path.name)
        images = await self._agent.session.run_in_opener(open_folder, allowed_path, self._limits)
        return [await self._agent.store_upload(image, allowed_path.name) for image in images]

    def run(self, run: McpRun) -> AsyncGenerator[Event]:
        return self._observe(
            self._agent.run(
                run.request,
                named_values=run.inputs,
                plan=run.plan,
                conversation=run.conversation,
                seed=run.seed,
                ask_first=run.ask_first,
            )
        )

    def decide(self, run: str, decision: Decision) -> AsyncGenerator[Event]:
        if run not in self._waiting_runs:
            raise InputError(
                f"no run {run!r:.100} of this client waits; "
                f"waiting: {', '.join(sorted(self._waiting_runs)) or 'none'}",
                hint="give the `run` of a result whose state is `waiting`",
            )
        return self._observe(self._agent.resume(run, decision))

    def results(self) -> Mapping[str, str]:
        return dict(reversed(self._results.items()))

    async def _observe(self, events: AsyncGenerator[Event]) -> AsyncGenerator[Event]:
        """Yield the events, and remember the results of the run and whether it waits."""
        outcome = RunOutcome()
        try:
            async with aclosing(events):
                async for event in events:
                    outcome.update(event)
                    yield event
        finally:
            if outcome.state == "waiting":
                self._waiting_runs.add(outcome.run)
            else:
                self._waiting_runs.discard(outcome.run)
            for result in outcome.results:
                for digest in references(result.value):
                    self._results.pop(digest, None)
                    self._results[digest] = result.name

    async def _open(self, source: Path | bytes, name: str) -> Encoded:
        name = display_name(name)
        content = await self._agent.session.run_in_opener(open_media, source, name, self._limits)
        return await self._agent.store_upload(content, name)

    def _allowed_path(self, text: str) -> Path:
        """Return the path without links; InputError unless it is below an allowed folder."""
        if not self._folders:
            raise InputError(
                f"{text[:80]!r} is a path, and no folder is allowed",
                hint=f"the user can allow one with: {self._how_to_allow}",
            )
        try:
            candidates = [(folder / text).resolve() for folder in self._folders]
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{text[:80]!r} cannot be read: {error}", hint="check the path"
            ) from error
        allowed = [
            path
            for path, folder in zip(candidates, self._folders, strict=True)
            if path.is_relative_to(folder)
        ]
        if not allowed:
            raise InputError(
                f"{text[:80]!r} is not below {' or '.join(map(str, self._folders))}",
                hint="give a path below an allowed folder; the user allows more with: "
                f"{self._how_to_allow}",
            )
        return next((path for path in allowed if path.exists()), allowed[0])
