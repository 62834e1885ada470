"""The view of a run in its conversation, with results and failures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from agent.plan import Callee
from agent.record.artifacts import Encoded
from agent.record.events import Named, PlanStep
from agent.runtime.graph import NOT_DONE
from agent.runtime.session import Orchestra
from agent.web.store.visitors import Conversation
from agent.web.view.command_wording import in_words
from agent.web.view.error_messages import friendly
from agent.web.view.plan_lines import Line, Standing
from agent.web.view.run_view import RunView
from tools.models.routing import pin_of
from tools.sdk.tool import Tool

_SHOWN_AS = {"image": "picture", "mask": "picture"}
_SUFFIXES = {"audio": "wav", "video": "mp4"}
_LONGEST_SHOWN = 400
"""Displayed characters of a result beside its line; the answer shows all of it."""


@dataclass(frozen=True)
class Medium:
    """An image, audio or video on the page."""

    kind: str
    """picture, audio or video"""
    name: str
    digest: str
    url: str
    alt: str

    @property
    def file(self) -> str:
        """The file name of its download."""
        plain = re.sub(r"\W+", "_", self.name).strip("_") or "result"
        return f"{plain}.{_SUFFIXES.get(self.kind, 'png')}"


@dataclass(frozen=True)
class Segment:
    """A segment of an answer: text or a medium."""

    text: str = ""
    medium: Medium | None = None


@dataclass(frozen=True)
class Failure:
    """A failed command with its error and hint."""

    words: str
    sentence: str
    hint: str


@dataclass(frozen=True)
class Doing:
    """What the page shows of a line in addition to its calls."""

    line: Line
    words: str
    media: list[Medium]
    preview: Medium | None
    shown: str
    models: list[str]
    """Other models that can run it, as plans pin them."""
    seeded: bool
    repeatable: bool
    """Whether running it again may give another result."""


@dataclass(frozen=True)
class Turn:
    """A run on the page, with its job and conversation."""

    view: RunView
    conversation: Conversation
    going: bool
    place: int
    """Position in the queue; 0 if it does not wait."""
    trouble: str
    orchestra: Orchestra

    @property
    def vote(self) -> bool | None:
        return self.conversation.votes.get(self.view.id)

    @property
    def why(self) -> str:
        """The reason given with the vote."""
        return self.conversation.reasons.get(self.view.id, "")

    @property
    def spoken(self) -> str:
        """The URL of the answer read aloud, or an empty string."""
        digest = self.conversation.spoken.get(self.view.id, "")
        return digest and self._url(digest)

    def media(self, name: str, value: Encoded, alt: str = "") -> list[Medium]:
        """Return the images, audio and videos in a value."""
        if isinstance(value, list):
            return [
                medium
                for number, item in enumerate(value)
                for medium in self.media(f"{name}[{number}]", item, alt)
            ]
        if not isinstance(value, dict):
            return []
        kind = _SHOWN_AS.get(value["kind"], value["kind"])
        if kind not in ("picture", "audio", "video"):
            return []
        return [self.medium(kind, name, value["artifact"], alt)]

    def medium(self, kind: str, name: str, digest: str, alt: str = "") -> Medium:
        return Medium(kind, name, digest, self._url(digest), self._alt(name) or alt or name)

    @property
    def files(self) -> list[Medium]:
        return [
            medium
            for file in self.view.files
            if file.name not in self.conversation.drawings
            for medium in self.media(file.name, file.value, self._told(file.name))
        ]

    @property
    def marks(self) -> list[Medium]:
        """Images of the regions that were marked for the request."""
        kept = self.conversation
        return [
            self.medium("picture", file.name, kept.drawings[file.name], kept.regions[file.name])
            for file in self.view.files
            if file.name in kept.drawings
        ]

    @property
    def given_texts(self) -> list[str]:
        """The names of inputs that are not media, such as texts."""
        return [
            self._told(file.name)
            for file in self.view.files
            if file.name not in self.conversation.drawings and not self.media(file.name, file.value)
        ]

    @property
    def doings(self) -> list[Doing]:
        return [self._doing(line) for line in self.view.lines()]

    @property
    def written(self) -> list[str]:
        """The lines of an unfinished plan, in words where they parse."""
        return [self._words_of(line) for line in self.view.writing.lines]

    @property
    def done(self) -> int:
        return sum(line.standing is Standing.DONE for line in self.view.lines())

    @property
    def segments(self) -> list[Segment]:
        """The answer, with results where it names them."""
        view = self.view
        media = {m.name: m for each in view.results for m in self._of_answer(each)}
        places = "|".join(re.escape(f"[{each.name}]") for each in view.results)
        # Failed commands are listed separately, in the words of their lines.
        answer = view.answer.partition(NOT_DONE)[0].strip()
        segments: list[Segment] = []
        for piece in re.split(f"({places})", answer) if places else [answer]:
            name = piece[1:-1]
            if piece.startswith("[") and name in media:
                segments.append(Segment(medium=media.pop(name)))
            elif piece.strip():
                segments.append(Segment(text=piece.strip()))
        return [*segments, *(Segment(medium=medium) for medium in media.values())]

    @property
    def failures(self) -> list[Failure]:
        """The failed commands with errors and hints."""
        found = [
            Failure(doing.words, *friendly(call.error))
            for doing in self.doings
            for call in doing.line.calls.values()
            if call.standing is Standing.FAILED
        ]
        # A second plan may have failed in the same way.
        return list(dict.fromkeys(found))

    @property
    def sentence(self) -> str:
        """The error without its hint, as one sentence."""
        return friendly(self.view.error)[0]

    @property
    def hint(self) -> str:
        return friendly(self.view.error)[1]

    def called(self, name: str) -> str:
        """Return the original name of a file of the conversation."""
        return self.conversation.files.get(name, name)

    def _url(self, digest: str) -> str:
        return f"/media/{quote(self.conversation.id)}/{quote(digest)}"

    def _told(self, name: str) -> str:
        called = self.called(name)
        return name if called == name else f"{name}, {called}"

    def _of_answer(self, result: Named) -> list[Medium]:
        words = next((d.words for d in self.doings if d.line.step.name == result.name), "")
        return self.media(result.name, result.value, words)

    def _doing(self, line: Line) -> Doing:
        tool = self._callee(line.step.tool)
        words = in_words(line.step, tool)
        now = line.now
        media = [
            medium
            for call in line.calls.values()
            for medium in self.media(line.step.name or line.step.tool, call.value, words)
        ]
        shown = "" if media else ", ".join(c.shown for c in line.calls.values() if c.shown)
        preview = (
            self.medium("picture", "", now.preview, "preview") if now and now.preview else None
        )
        models = [
            pin
            for pin in self.orchestra.pins.get(line.step.tool, [])
            if now is None or pin != pin_of(now.model)
        ]
        return Doing(
            line=line,
            words=words,
            media=media,
            preview=preview,
            shown=shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…",
            models=models,
            seeded=isinstance(tool, Tool) and tool.seeded,
            repeatable=line.standing is not Standing.DONE
            or (isinstance(tool, Tool) and not tool.cache),
        )

    def _callee(self, name: str) -> Callee | None:
        return self.orchestra.registry.get(name) or self.orchestra.plans.get(name)

    def _words_of(self, text: str) -> str:
        name, _, call = text.strip().rpartition(" = ")
        tool = re.match(r"(\w+)\s*[@(]", call)
        known = self._callee(tool[1]) if tool else None
        if known is None:
            return "Give the answer" if call.startswith("say(") else text.strip()
        return in_words(PlanStep("0", name, known.name, call, 0), known)

    def _alt(self, name: str) -> str:
        """Return the text of a caption of the image in this run."""
        for line in self.view.lines():
            told = re.match(rf"(caption|describe)\({re.escape(name)}\b", line.step.text)
            if told and line.now and line.now.shown:
                return line.now.shown
        return ""
