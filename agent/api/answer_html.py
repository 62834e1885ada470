"""Render an answer as HTML for a notebook."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from agent.record.artifacts import MEDIA_TYPES, ArtifactStore, Encoded
from agent.record.run_outcome import RunOutcome, answer_segments
from tools.media import Table
from tools.media.picture_formats import for_browsers

MAX_MEDIUM_BYTES = 20_000_000
"""A larger medium is named but not embedded: notebooks keep everything they show."""


@dataclass(frozen=True)
class ShownMedium:
    """A result as an embedded medium, a table or text."""

    name: str
    text: str
    kind: str = ""
    source: str = ""
    table: Table | None = None


def render_answer(outcome: RunOutcome, store: ArtifactStore) -> str:
    """Return the text, the media and the plan; everything is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("agent.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts: list[str | ShownMedium] = []
    for segment in answer_segments(outcome.answer, outcome.results):
        if isinstance(segment, str):
            parts.append(segment)
        else:
            parts += _show(segment.name, segment.value, store)
    return environment.get_template("answer.html").render(outcome=outcome, parts=parts)


def _show(name: str, value: Encoded, store: ArtifactStore) -> Iterator[ShownMedium]:
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _show(f"{name} {number}", item, store)
    elif isinstance(value, dict):
        yield _show_medium(name, value["artifact"], value["kind"], store)
    else:
        yield ShownMedium(name, str(value))


def _show_medium(name: str, digest: str, kind: str, store: ArtifactStore) -> ShownMedium:
    artifact = store.find(digest)
    if artifact is None:
        return ShownMedium(name, "not stored any more")
    if kind not in MEDIA_TYPES:
        medium = store.get(digest, kind)
        table = medium if isinstance(medium, Table) else None
        return ShownMedium(name, medium.describe(), table=table)
    if artifact.bytes > MAX_MEDIUM_BYTES:
        return ShownMedium(name, f"{artifact.description}, {artifact.bytes / 1e6:,.0f} MB")
    media_type, data = MEDIA_TYPES[kind], store.open(digest)[1]
    if kind == "image":
        media_type, data = for_browsers(data)
    source = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return ShownMedium(name, artifact.description, kind, source)
