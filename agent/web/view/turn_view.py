"""The view of a run in its conversation, with results and failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from agent.plan import Callee, parse, split_tables
from agent.plan.syntax.tree import said_names
from agent.record.artifacts import Encoded
from agent.record.events import NamedValue, PlanStep
from agent.runtime.session import Session
from agent.web.store.visitors import Conversation
from agent.web.store.votes import Vote
from agent.web.view.command_wording import describe_command
from agent.web.view.error_messages import friendly_error
from agent.web.view.plan_lines import CallView, CommandStatus, LineView
from agent.web.view.run_view import RunView
from tools.media import Table
from tools.models.routing import pin_of
from tools.sdk.tool import Tool
from tools.signal.table_files import table_suffixes

_MEDIA_KINDS = {"image": "picture", "mask": "picture"}
_SUFFIXES = {"audio": "wav", "video": "mp4"}
_MAX_RESULT_LENGTH = 400
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
class Download:
    """A table as a file: its name and address."""

    file: str
    url: str


@dataclass(frozen=True)
class Segment:
    """A segment of an answer: text, a table or a medium."""

    text: str = ""
    medium: Medium | None = None
    table: Table | None = None


@dataclass(frozen=True)
class CommandFailure:
    """A failed command with its error and hint."""

    words: str
    sentence: str
    hint: str


@dataclass(frozen=True)
class LineDetails:
    """What the page shows of a line in addition to its calls."""

    line: LineView
    words: str
    media: list[Medium]
    preview: Medium | None
    result_text: str
    models: list[str]
    """Other models that can run it, as plans pin them."""
    seeded: bool
    repeatable: bool
    """Whether running it again may give another result."""
    downloads: list[Download]
    """Its tables as files."""


@dataclass(frozen=True)
class TurnView:
    """A run on the page, with its job and conversation."""

    view: RunView
    conversation: Conversation
    is_running: bool
    queue_position: int
    """Position in the queue; 0 if it does not wait."""
    job_error: str
    vote: Vote | None
    session: Session

    @property
    def speech_url(self) -> str:
        """The URL of the answer read aloud, or an empty string."""
        digest = self.conversation.speech.get(self.view.id, "")
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
        kind = _MEDIA_KINDS.get(value["kind"], value["kind"])
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
            for medium in self.media(file.name, file.value, self._label(file.name))
        ]

    @property
    def marks(self) -> list[Medium]:
        """Images of the regions that were marked for the request."""
        conversation = self.conversation
        return [
            self.medium(
                "picture",
                file.name,
                conversation.drawings[file.name],
                conversation.regions[file.name],
            )
            for file in self.view.files
            if file.name in conversation.drawings
        ]

    @property
    def other_inputs(self) -> list[str]:
        """The names of inputs that are not media, such as texts."""
        return [
            self._label(file.name)
            for file in self.view.files
            if file.name not in self.conversation.drawings and not self.media(file.name, file.value)
        ]

    @property
    def line_details(self) -> list[LineDetails]:
        return [self._details_of(line) for line in self.view.lines()]

    @property
    def draft_lines(self) -> list[str]:
        """The lines of an unfinished plan, in words where they parse."""
        return [self._words_of(line) for line in self.view.draft.lines]

    @property
    def done_count(self) -> int:
        return sum(line.status is CommandStatus.FINISHED for line in self.view.lines())

    @property
    def segments(self) -> list[Segment]:
        """The answer, with results where it names them."""
        view = self.view
        media = {m.name: m for result in view.results for m in self._result_media(result)}
        pattern = "|".join(re.escape(f"[{each.name}]") for each in view.results)
        # Failed commands are listed separately, in the words of their lines.
        answer = view.answer_without_failures
        segments: list[Segment] = []
        for part in re.split(f"({pattern})", answer) if pattern else [answer]:
            name = part[1:-1]
            if part.startswith("[") and name in media:
                segments.append(Segment(medium=media.pop(name)))
            else:
                segments += _text_segments(part)
        return [*segments, *(Segment(medium=medium) for medium in media.values())]

    @property
    def downloads(self) -> list[Download]:
        """The tables that the answer says, as files."""
        if not self.view.is_finished or not self.view.plan:
            return []
        shown_names = said_names(parse(self.view.plan))
        lines = (line for line in self.line_details if line.line.step.name in shown_names)
        return [download for line in lines for download in line.downloads]

    @property
    def failures(self) -> list[CommandFailure]:
        """The failed commands with errors and hints."""
        failures = [
            CommandFailure(details.words, *friendly_error(call.error, call.page_hint))
            for details in self.line_details
            for call in details.line.calls.values()
            if call.status is CommandStatus.FAILED
        ]
        # A second plan may have failed in the same way.
        return list(dict.fromkeys(failures))

    @property
    def sentence(self) -> str:
        """The error without its hint, as one sentence."""
        return friendly_error(self.view.error)[0]

    @property
    def hint(self) -> str:
        return friendly_error(self.view.error, self.view.page_hint)[1]

    def original_name(self, name: str) -> str:
        """Return the original name of a file of the conversation."""
        return self.conversation.files.get(name, name)

    def _url(self, digest: str) -> str:
        return f"/media/{quote(self.conversation.id)}/{quote(digest)}"

    def _label(self, name: str) -> str:
        original_name = self.original_name(name)
        return name if original_name == name else f"{name}, {original_name}"

    def _result_media(self, result: NamedValue) -> list[Medium]:
        words = next((d.words for d in self.line_details if d.line.step.name == result.name), "")
        return self.media(result.name, result.value, words)

    def _details_of(self, line: LineView) -> LineDetails:
        tool = self._callee(line.step.tool)
        words = describe_command(line.step, tool)
        current_call = line.current_call
        media = [
            medium
            for call in line.calls.values()
            for medium in self.media(line.step.name or line.step.tool, call.value, words)
        ]
        result_text = (
            "" if media else ", ".join(c.result_text for c in line.calls.values() if c.result_text)
        )
        preview = (
            self.medium("picture", "", current_call.preview, "preview")
            if current_call and current_call.preview
            else None
        )
        models = [
            pin
            for pin in self.session.pins.get(line.step.tool, [])
            if current_call is None or pin != pin_of(current_call.model)
        ]
        return LineDetails(
            line=line,
            words=words,
            media=media,
            preview=preview,
            result_text=result_text
            if len(result_text) <= _MAX_RESULT_LENGTH
            else result_text[:_MAX_RESULT_LENGTH] + "…",
            models=models,
            seeded=isinstance(tool, Tool) and tool.seeded,
            repeatable=line.status is not CommandStatus.FINISHED
            or (isinstance(tool, Tool) and not tool.cache),
            downloads=[
                download for call in line.calls.values() for download in self._downloads(line, call)
            ],
        )

    def _downloads(self, line: LineView, call: CallView) -> Iterator[Download]:
        if not isinstance(call.value, dict) or call.value["kind"] != Table.kind:
            return
        name = line.step.name or line.step.tool
        heading = call.result_text.partition("\n")[0].split(" | ")
        for suffix in table_suffixes(tuple(heading)):
            file = f"{name}{suffix}"
            url = f"{self._url(call.value['artifact'])}?save={quote(file)}"
            yield Download(file, url)

    def _callee(self, name: str) -> Callee | None:
        return self.session.registry.get(name) or self.session.plans.get(name)

    def _words_of(self, text: str) -> str:
        name, _, call = text.strip().rpartition(" = ")
        tool = re.match(r"(\w+)\s*[@(]", call)
        callee = self._callee(tool[1]) if tool else None
        if callee is None:
            return "Give the answer" if call.startswith("say(") else text.strip()
        return describe_command(PlanStep("0", name, callee.name, call, 0), callee)

    def _alt(self, name: str) -> str:
        """Return the text of a caption of the image in this run."""
        for line in self.view.lines():
            caption = re.match(rf"(caption|describe)\({re.escape(name)}\b", line.step.text)
            if caption and line.current_call and line.current_call.result_text:
                return line.current_call.result_text
        return ""


def _text_segments(text: str) -> list[Segment]:
    """Split text into paragraphs and tables, without a lone comma between two media."""
    return [
        Segment(table=part) if isinstance(part, Table) else Segment(text=part.strip())
        for part in split_tables(text)
        if isinstance(part, Table) or part.strip(" ,;.\n")
    ]
