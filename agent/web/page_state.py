"""The state of one open page: unsent files, marks, inspected result."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.record.artifacts import Encoded, references
from agent.runtime.agent import Agent
from agent.web.store.visitors import Conversation, Visitor
from agent.web.uploads import UploadLimits, take_uploads
from agent.web.view.image_marks import Mark, drawing_of, region_of, words_for
from tools.errors import InputError
from tools.media import Image


@dataclass
class Pending:
    """A file attached to the next request."""

    path: str
    shown: str
    """The name the person gave it."""
    value: Encoded
    name: str = ""
    """The name the conversation will use for it."""


@dataclass
class Tab:
    """One open page of a visitor."""

    visitor: Visitor
    conversation: Conversation
    pending: list[Pending] = field(default_factory=list[Pending])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    marks: list[Mark] = field(default_factory=list[Mark])
    looked_at: str = ""
    """The digest of the result whose origin the side panel shows."""
    notice: str = ""
    busy: str = ""
    """Work in progress that is not a run, such as transcribing a recording."""

    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, paths: Sequence[str], agent: Agent, limits: UploadLimits) -> None:
        """Replace the attached files; refuse each unusable one once."""
        async with self._taking:  # the page sends an event for every letter typed
            await self._take_all(paths, agent, limits)

    async def _take_all(self, paths: Sequence[str], agent: Agent, limits: UploadLimits) -> None:
        known = {each.path: each for each in self.pending}
        self.pending = [known[path] for path in paths if path in known]
        self.refused = {path: why for path, why in self.refused.items() if path in paths}
        for path in paths:
            if path in known or path in self.refused:
                continue
            room = UploadLimits(limits.count - len(self.pending), limits.bytes, limits.each)
            await self._take(path, agent, room)
        named = await agent.name(self.conversation.id, [each.value for each in self.pending])
        for each, name in zip(self.pending, named, strict=True):
            each.name = name.name

    async def _take(self, path: str, agent: Agent, room: UploadLimits) -> None:
        taken = await agent.orchestra.in_opener(take_uploads, [path], room)
        if taken.refused:
            self.refused[path] = taken.refused[0]
            return
        (upload,) = taken.accepted
        value = await agent.store(upload.content, upload.name)
        self.pending.append(Pending(path, upload.name, value))

    def mark(self, drawn: object, digest: str, picture: str, agent: Agent) -> Mark:
        """Add a mark on an image under the next free name (region1, …)."""
        media = agent.orchestra.store.get(digest)
        if not isinstance(media, Image):
            raise InputError("only a picture can be marked", hint="choose a picture")
        region = region_of(drawn, media, picture)
        taken = {*self.conversation.regions, *(mark.name for mark in self.marks)}
        number = next(n for n in range(1, len(taken) + 2) if f"region{n}" not in taken)
        value = agent.orchestra.store.encode(region, origin=f"marked in {picture}")
        drawing = agent.orchestra.store.put(drawing_of(region, media)).digest
        made = Mark(f"region{number}", picture, value, words_for(region), drawing)
        self.marks.append(made)
        return made

    def given(self) -> dict[str, Encoded]:
        """Return the inputs of the next request by name."""
        files = {each.name: each.value for each in self.pending}
        return files | {mark.name: mark.value for mark in self.marks}

    @property
    def speaks(self) -> bool:
        """Whether the only file is a recording, possibly the request itself."""
        return len(self.pending) == 1 and self.pending[0].name.startswith("audio")

    def digests(self) -> Iterator[str]:
        """Yield the digests of the unsent files, which their owner may view."""
        for each in self.pending:
            yield from references(each.value)

    def sent(self) -> None:
        """Record files and marks in the conversation, then clear them."""
        self.conversation.files |= {each.name: each.shown for each in self.pending}
        self.conversation.regions |= {m.name: f"{m.words} in {m.picture}" for m in self.marks}
        self.conversation.drawings |= {mark.name: mark.drawing for mark in self.marks}
        self.visitor.keep(self.conversation)
        self.clear()

    def clear(self) -> None:
        """Remove files, marks and notices."""
        self.pending, self.marks, self.refused, self.notice = [], [], {}, ""
