"""Export a conversation as one self-contained HTML file.

The file loads and runs nothing: media are embedded once each, there is no script, and a content
security policy blocks injected content. The template escapes all text of people, models and tools.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import cast

from agent.plan import format_value, split_tables
from agent.record.artifacts import MEDIA_TYPES, ArtifactStore, Encoded, references
from agent.record.journal import Run
from agent.record.run_outcome import answer_segments
from agent.web.view.command_wording import describe_command
from agent.web.view.plan_lines import CommandStatus, LineView
from agent.web.view.run_view import RunView, view_of
from tools.media import Table
from tools.media.picture_formats import for_browsers
from tools.sdk.registry import AnyTool

MAX_MEDIA_BYTES = 300_000_000
"""Total size of the media in one file; media beyond it are named but left out."""

_MAX_TEXT_LENGTH = 5_000


@dataclass(frozen=True)
class ExportedResult:
    """A result as an embedded medium, a link, a table or text."""

    name: str
    words: str
    kind: str = ""
    source: str = ""
    anchor: str = ""
    table: Table | None = None


@dataclass(frozen=True)
class ExportedLine:
    """A command in words, with its status and results."""

    words: str
    depth: int
    status: str
    seconds: float
    notes: tuple[str, ...]
    results: tuple[ExportedResult, ...]


@dataclass(frozen=True)
class ExportedRun:
    """A request with its lines and its answer of text and results."""

    run: RunView
    at: str
    files: tuple[ExportedResult, ...]
    lines: tuple[ExportedLine, ...]
    answer: tuple[str | ExportedResult, ...]


def export_conversation(
    runs: Sequence[Run],
    store: ArtifactStore,
    title: str,
    *,
    tools: Mapping[str, AnyTool] | None = None,
    max_bytes: int = MAX_MEDIA_BYTES,
) -> str:
    """Render the page; the tools provide the wording of commands."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("agent.web.view"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files("agent.web.view").joinpath("templates", "conversation.css").read_text("utf-8")
    views = [view_of(run.events()) for run in runs]
    gallery = _Gallery(store, views, max_bytes)
    return environment.get_template("conversation.html").render(
        title=title,
        style=Markup(style),  # our own file; the policy allows it by its digest
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        runs=[
            _export_run(str(number), run, view, gallery, tools or {})
            for number, (run, view) in enumerate(zip(runs, views, strict=True))
        ],
        seconds=sum(view.seconds for view in views),
        tokens=sum(view.input_tokens + view.output_tokens for view in views),
    )


class _Gallery:
    """Embed each medium once, where it matters most; link elsewhere."""

    def __init__(self, store: ArtifactStore, views: Sequence[RunView], max_bytes: int) -> None:
        self._store = store
        self._locations: dict[str, str] = {}
        self._embedded: set[str] = set()
        self._remaining_bytes = max_bytes
        self._made_by: dict[str, str] = {}
        for number, view in enumerate(views):
            self._assign_location(f"{number}-given", (file.value for file in view.files))
            self._assign_location(f"{number}-answer", (result.value for result in view.results))
            calls = (call.value for line in view.lines() for call in line.calls.values())
            self._assign_location(f"{number}-plan", calls)

    def _assign_location(self, location: str, values: Iterator[Encoded]) -> None:
        """Assign these media to a location on the page while space remains."""
        for digest in (digest for value in values for digest in references(value)):
            artifact = self._store.find(digest)
            if (
                digest in self._locations
                or artifact is None
                or artifact.bytes > self._remaining_bytes
            ):
                continue
            self._locations[digest] = location
            self._remaining_bytes -= artifact.bytes

    def export(
        self, location: str, name: str, value: Encoded, made_by: str = ""
    ) -> tuple[ExportedResult, ...]:
        """Export a value at this location, item by item for a list.

        What made it is recorded for later occurrences.
        """
        if isinstance(value, list) and references(value):
            items = enumerate(cast("list[Encoded]", value), 1)
            return tuple(
                result
                for number, item in items
                for result in self.export(location, f"{name} {number}", item, made_by)
            )
        if isinstance(value, dict):
            made_by = self._made_by.setdefault(value["artifact"], made_by)
            words = f"{name}: {made_by}" if made_by else name
            return (self._export_medium(location, name, value, words),)
        text = format_value(self._store.decode(value))
        return (
            ExportedResult(
                name, text if len(text) <= _MAX_TEXT_LENGTH else f"{text[:_MAX_TEXT_LENGTH]}…"
            ),
        )

    def _export_medium(
        self, location: str, name: str, value: dict[str, str], words: str
    ) -> ExportedResult:
        digest, kind = value["artifact"], value["kind"]
        artifact = self._store.find(digest)
        if artifact is None:
            return ExportedResult(name, "not stored any more")
        if kind not in MEDIA_TYPES:
            media = self._store.get(digest, kind)
            return ExportedResult(
                name, media.describe(), table=media if isinstance(media, Table) else None
            )
        if digest not in self._locations:
            return ExportedResult(name, f"left out for its size of {artifact.bytes / 1e6:,.1f} MB")
        anchor = f"made-{digest[:16]}"
        if self._locations[digest] != location or digest in self._embedded:
            return ExportedResult(name, words, kind, anchor=anchor)
        self._embedded.add(digest)
        media_type, data = MEDIA_TYPES[kind], self._store.open(digest)[1]
        if kind == "image":
            media_type, data = for_browsers(data)
        source = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
        return ExportedResult(name, words, kind, source, anchor)


def _export_run(
    location: str, run: Run, view: RunView, gallery: _Gallery, tools: Mapping[str, AnyTool]
) -> ExportedRun:
    at = datetime.fromtimestamp(run.start_event().at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    exported_files = (
        result
        for file in view.files
        for result in gallery.export(f"{location}-given", file.name, file.value, "given")
    )
    lines = (
        _export_line(
            f"{location}-plan",
            line,
            gallery,
            describe_command(line.step, tools.get(line.step.tool)),
        )
        for line in view.lines()
    )
    # The plan first: it records what made the results of the answer.
    exported_lines = tuple(lines)
    answer = _answer(f"{location}-answer", view, gallery)
    return ExportedRun(view, at, tuple(exported_files), exported_lines, tuple(answer))


def _export_line(location: str, line: LineView, gallery: _Gallery, words: str) -> ExportedLine:
    name = line.step.name or line.step.tool
    calls = line.calls.values()
    results = (
        result
        for call in calls
        if call.status is CommandStatus.FINISHED
        for result in gallery.export(location, name, call.value, words)
    )
    notes = (note for call in calls for note in (*call.retries, call.error, call.message) if note)
    return ExportedLine(
        words, line.depth, line.status.value, line.seconds, tuple(notes), tuple(results)
    )


def _answer(location: str, view: RunView, gallery: _Gallery) -> Iterator[str | ExportedResult]:
    """Yield the text of the answer, with results where it names them."""
    for segment in answer_segments(view.answer, view.results):
        if not isinstance(segment, str):
            yield from gallery.export(location, segment.name, segment.value)
            continue
        for words in split_tables(segment):
            if isinstance(words, Table):
                yield ExportedResult("", "", table=words)
            elif words.strip(" ,;.\n"):
                yield words.strip()
