"""The answer to a request, with its media as Python objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

from agent.plan import parse
from agent.plan.syntax.tree import Assign, said_names, walk
from agent.record.artifacts import ArtifactStore, Encoded, references
from agent.record.events import NamedValue
from agent.record.run_outcome import RunOutcome
from tools.atomic_write import write_atomically
from tools.errors import BatutaError
from tools.media import Audio, Image, Media, Table, Video
from tools.sdk.plan_types import Value
from tools.signal.table_files import CSV, table_file, table_suffixes

M = TypeVar("M", bound=Media)


@dataclass(frozen=True)
class Answer:
    """The outcome of a run, usable after the agent is closed.

    >>> answer.images[0].save("cup.png")
    >>> answer.values["cup"]

    A notebook shows it with its media and its plan.
    """

    outcome: RunOutcome
    """State, text and results, as the events of the run report them."""
    store: ArtifactStore = field(repr=False)
    folder: Path = field(repr=False)
    """The folder of the run, with its trace."""
    names: Mapping[str, Encoded] = field(default_factory=dict[str, Encoded], repr=False)
    """The values that the conversation has a name for, as references to the store."""

    @property
    def run(self) -> str:
        """The id of the run, as `batuta runs` lists it."""
        return self.outcome.run

    @property
    def conversation(self) -> str:
        """The id of the conversation; pass it to continue the conversation."""
        return self.outcome.conversation

    @property
    def text(self) -> str:
        """The text of the answer, with `[name]` for each medium."""
        return self.outcome.answer

    @property
    def plan(self) -> str:
        """The plan that ran; empty if a joint model answered."""
        return self.outcome.plan

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Every value that the conversation has a name for: files and results."""
        return {name: self.store.decode(value) for name, value in self.names.items()}

    @cached_property
    def results(self) -> Mapping[str, Value]:
        """The media of the answer by their names in the text."""
        return {result.name: self.store.decode(result.value) for result in self.outcome.results}

    @property
    def images(self) -> list[Image]:
        """The images of the answer, in its order."""
        return _media(self.results, Image)

    @property
    def audio(self) -> list[Audio]:
        """The sounds of the answer, in its order."""
        return _media(self.results, Audio)

    @property
    def videos(self) -> list[Video]:
        """The videos of the answer, in its order."""
        return _media(self.results, Video)

    @property
    def tables(self) -> list[Table]:
        """The tables that the plan made; the text shows them as text."""
        statements = walk(parse(self.plan).statements) if self.plan else ()
        names = (statement.name for statement in statements if isinstance(statement, Assign))
        tables = {name: self.values[name] for name in names if name in self.values}
        return _media({**tables, **self.results}, Table)

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """Paths of the media, and of tables as CSV; written on first use."""
        return self._write(self.folder / "results")

    def save(self, folder: Path | str) -> dict[str, Path]:
        """Write the media, tables as CSV, and answer.md into a folder; return the other paths.

        Notes are written as a MIDI file too.
        """
        folder = Path(folder)
        paths = self._write(folder)
        if self.text:
            links = "\n".join(f"- [{name}]({path.name})" for name, path in paths.items())
            (folder / "answer.md").write_text(self._markdown(links), encoding="utf-8")
        return paths

    def _write(self, folder: Path) -> dict[str, Path]:
        paths = write_results(self.store, self.outcome.results, folder)
        shown_names = said_names(parse(self.plan)) if self.plan else set[str]()
        tables = (table for table in self.outcome.tables if table.name in shown_names)
        return {**paths, **write_tables(self.store, tables, folder)}

    def __str__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        names = (f"`{result.name}`" for result in self.outcome.results)
        return self._markdown("\n".join(f"- {name}" for name in names))

    def _repr_html_(self) -> str:
        from agent.api.answer_html import render_answer

        return render_answer(self.outcome, self.store)

    def _markdown(self, results: str) -> str:
        parts = [
            f"# {self.outcome.request or 'A written plan'}",
            self.text,
            results,
            f"## Plan\n\n```\n{self.plan}\n```" if self.plan else "",
        ]
        return "\n\n".join(filter(None, parts)) + "\n"


class RunFailed(BatutaError):  # noqa: N818
    """A run ended with failures; `answer` has what it finished."""

    def __init__(self, answer: Answer) -> None:
        error = answer.outcome.error or f"run {answer.run!r} was {answer.outcome.state}"
        message, _, hint = error.rpartition("\nhint: ")
        if not message or "\n" in hint:  # several failures, or one without a hint
            message = error
            hint = f'error.answer has what was finished; agent.resume("{answer.run}") tries again'
        super().__init__(message, hint=hint)
        self.answer = answer


def write_results(
    store: ArtifactStore, results: tuple[NamedValue, ...], folder: Path
) -> dict[str, Path]:
    """Write the media of an answer into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    for result in results:
        digests = references(result.value)
        for number, digest in enumerate(digests, 1):
            name = re.sub(r"\W+", "_", result.name).strip("_")
            name = name if len(digests) == 1 else f"{name}_{number}"
            paths[name] = store.export(digest, folder, name)
    return paths


def write_tables(
    store: ArtifactStore, tables: Iterable[NamedValue], folder: Path
) -> dict[str, Path]:
    """Write tables as CSV, and notes as MIDI too; return the paths by name and kind of file."""
    paths: dict[str, Path] = {}
    for named in tables:
        table = store.decode(named.value)
        for suffix in table_suffixes(table.columns) if isinstance(table, Table) else ():
            path = folder / f"{named.name}{suffix}"
            write_atomically(path, table_file(cast("Table", table), suffix))
            paths[path.name if path.suffix != CSV else named.name] = path
    return paths


def _media(values: Mapping[str, Value], kind: type[M]) -> list[M]:
    return [medium for value in values.values() for medium in _flatten(value, kind)]


def _flatten(value: Value, kind: type[M]) -> Iterator[M]:
    if isinstance(value, kind):
        yield value
    elif isinstance(value, list):
        for item in cast("list[Value]", value):
            yield from _flatten(item, kind)
