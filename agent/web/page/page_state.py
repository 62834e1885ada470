"""The state of one open page: unsent files, marks, inspected result."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.record.artifacts import Encoded, references, type_of_encoded
from agent.runtime.agent_runtime import AgentRuntime
from agent.web.store.visitors import Conversation, Visitor
from agent.web.uploads import UploadLimits, open_uploads
from agent.web.view.image_marks import Mark, describe_region, draw_region, region_of
from tools.errors import InputError
from tools.media import Image


@dataclass
class PendingFile:
    """A file attached to the next request."""

    path: str
    display_name: str
    """The name the person gave it."""
    value: Encoded
    name: str = ""
    """The name the conversation will use for it."""
    note: str = ""
    """How it was reduced when it was opened."""


@dataclass
class Tab:
    """One open page of a visitor."""

    visitor: Visitor
    conversation: Conversation
    pending: list[PendingFile] = field(default_factory=list[PendingFile])
    refusals: dict[str, str] = field(default_factory=dict[str, str])
    marks: list[Mark] = field(default_factory=list[Mark])
    origin_digest: str = ""
    """The digest of the result whose origin the side panel shows."""
    notice: str = ""
    busy: str = ""
    """Work in progress that is not a run, such as transcribing a recording."""
    paused: bool = False
    """Whether newer pages of the visitor took its place."""

    _upload_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has_new_files(self, paths: Sequence[str]) -> bool:
        """Return whether a file has to be opened that is neither attached nor refused."""
        return not {*paths} <= {*self.refusals, *(file.path for file in self.pending)}

    async def set_files(
        self, paths: Sequence[str], agent: AgentRuntime, limits: UploadLimits
    ) -> None:
        """Replace the attached files; refuse each unusable one once."""
        async with self._upload_lock:  # the page sends an event for every letter typed
            await self._replace_files(paths, agent, limits)

    async def _replace_files(
        self, paths: Sequence[str], agent: AgentRuntime, limits: UploadLimits
    ) -> None:
        files_by_path = {file.path: file for file in self.pending}
        self.pending = [files_by_path[path] for path in paths if path in files_by_path]
        self.refusals = {path: why for path, why in self.refusals.items() if path in paths}
        for path in paths:
            if path in files_by_path or path in self.refusals:
                continue
            remaining = UploadLimits(
                limits.count - len(self.pending), limits.total_bytes, limits.per_file
            )
            await self._add_file(path, agent, remaining)
        file_names = await agent.suggest_names(
            self.conversation.id, [each.value for each in self.pending]
        )
        for each, name in zip(self.pending, file_names, strict=True):
            each.name = name.name

    async def _add_file(self, path: str, agent: AgentRuntime, limits: UploadLimits) -> None:
        result = await agent.session.run_in_opener(open_uploads, [path], limits)
        if result.refused:
            self.refusals[path] = result.refused[0]
            return
        (upload,) = result.accepted
        value = await agent.store_upload(upload.content, upload.name)
        self.pending.append(PendingFile(path, upload.name, value, note=upload.note))

    def add_mark(self, data: object, digest: str, image_name: str, agent: AgentRuntime) -> Mark:
        """Add a mark on an image under the next free name (region1, …)."""
        media = agent.session.store.get(digest)
        if not isinstance(media, Image):
            raise InputError("only a picture can be marked", hint="choose a picture")
        region = region_of(data, media, image_name)
        used_names = {*self.conversation.regions, *(mark.name for mark in self.marks)}
        number = next(n for n in range(1, len(used_names) + 2) if f"region{n}" not in used_names)
        value = agent.session.store.encode(region, origin=f"marked in {image_name}")
        drawing = agent.session.store.add(draw_region(region, media)).digest
        new_mark = Mark(f"region{number}", image_name, value, describe_region(region), drawing)
        self.marks.append(new_mark)
        return new_mark

    def inputs(self) -> dict[str, Encoded]:
        """Return the inputs of the next request by name."""
        files = {file.name: file.value for file in self.pending}
        return files | {mark.name: mark.value for mark in self.marks}

    @property
    def is_voice_request(self) -> bool:
        """Whether the only file is a recording, possibly the request itself."""
        return len(self.pending) == 1 and type_of_encoded(self.pending[0].value).name == "Audio"

    def display_key(self) -> str:
        """Return a key that is equal for pages of a visitor that show the same."""
        files = [(file.path, file.name) for file in self.pending]
        marks = [(mark.name, mark.drawing) for mark in self.marks]
        own_state = (files, marks, self.refusals, self.notice, self.busy)
        return repr((self.conversation.id, self.origin_digest, *own_state))

    def digests(self) -> Iterator[str]:
        """Yield the digests of the unsent files, which their owner may view."""
        for file in self.pending:
            yield from references(file.value)

    def finish_request(self) -> None:
        """Record files and marks in the conversation, then clear them."""
        self.conversation.files |= {file.name: file.display_name for file in self.pending}
        self.conversation.regions |= {m.name: f"{m.words} in {m.image_name}" for m in self.marks}
        self.conversation.drawings |= {mark.name: mark.drawing for mark in self.marks}
        self.visitor.save(self.conversation)
        self.clear()

    def clear(self) -> None:
        """Remove files, marks and notices."""
        self.pending, self.marks, self.refusals, self.notice = [], [], {}, ""
