"""Tell a run as a chat model does: the plan and its steps as reasoning, then the answer.

The answer is Markdown: an image where the answer names one, a link for any other medium.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.record import events
from agent.record.artifacts import ArtifactStore
from agent.record.events import ClientCall, Event, NamedValue
from agent.server.runs.run_bodies import media_type_of
from agent.server.runs.run_schemas import media_values

MAX_EMBEDDED_BYTES = 10_000_000
"""Media of one answer beyond it are links even if the client asked for data URIs."""
_MAX_SHOWN = 300


@dataclass(frozen=True)
class Delta:
    """The next characters of the reasoning or of the answer."""

    kind: Literal["reasoning", "content"]
    text: str


@dataclass
class Narration:
    """The text of one run so far; `add` its events in order."""

    run: str
    store: ArtifactStore
    url_of: Callable[[str], str]
    embeds_media: bool = False
    reasoning: str = ""
    content: str = ""
    client_calls: list[ClientCall] = field(default_factory=list[ClientCall])
    """The calls that the run waits for."""
    input_tokens: int = 0
    output_tokens: int = 0
    _fetched: set[str] = field(default_factory=set[str])
    _texts: dict[str, str] = field(default_factory=dict[str, str])
    """The text of each command, by path."""

    def add(self, event: Event) -> list[Delta]:
        """Return what an event adds to the reasoning and to the answer."""
        deltas = [delta for delta in self._deltas(event) if delta.text]
        for delta in deltas:
            if delta.kind == "reasoning":
                self.reasoning += delta.text
            else:
                self.content += delta.text
        return deltas

    def _deltas(self, event: Event) -> Iterator[Delta]:
        match event:
            case events.AnswerText(text=text):
                yield Delta("content", text if self.content else text.lstrip())
            case events.AnswerFinished(text=text, results=results):
                yield Delta("content", self._rest_of(self._markdown(text, results)))
            case events.ClientCallsAsked(calls=calls):
                self.client_calls = calls
                texts = [f"→ {_shorten(call.text)} is run by the client\n" for call in calls]
                yield Delta("reasoning", "".join(texts))
            case events.ReviewAsked(plan=plan, estimate=estimate):
                reasons = estimate.reasons if estimate else ()
                yield Delta("content", self._rest_of(_approval_text(self.run, plan, reasons)))
            case events.UsageReported(input_tokens=read, output_tokens=written):
                self.input_tokens, self.output_tokens = read, written
            case _:
                yield Delta("reasoning", self._reasoning(event))

    def _reasoning(self, event: Event) -> str:
        match event:
            case events.PlanAccepted(plan=plan):
                return f"Plan:\n\n```\n{plan.strip()}\n```\n\n"
            case events.PlanRejected(problems=problems):
                return f"A plan was rejected: {_shorten('; '.join(problems))}\n\n"
            case events.WeightsPulled(model=model, total_bytes=total_bytes):
                if model in self._fetched:
                    return ""
                self._fetched.add(model)
                return f"Fetching {model}, {total_bytes / 1e6:.0f} MB\n"
            case events.ModelLoading(model=model):
                return f"Loading {model}\n"
            case events.CommandStarted(path=path, text=text):
                self._texts[path] = text
                return ""
            case events.CommandFinished(path=path, result_text=result, seconds=seconds):
                how_long = "from the cache" if event.cached else f"{seconds:.1f} s"
                command = _shorten(self._texts.get(path, event.tool))
                return f"✓ {command} → {_shorten(result)} ({how_long})\n"
            case events.CommandRetried(path=path, error=error):
                return f"↻ {_shorten(self._texts.get(path, path))}: {_shorten(error)}\n"
            case events.CommandFailed(text=text, error=error):
                return f"✗ {_shorten(text)}: {_shorten(error)}\n"
            case events.CommandSkipped(text=text, reason=reason):
                return f"– {_shorten(text)}: {_shorten(reason)}\n"
            case _:
                return ""

    def _rest_of(self, text: str) -> str:
        """Return the part of the answer that has not been streamed."""
        if text.startswith(self.content.rstrip()):
            return text[len(self.content.rstrip()) :] if self.content else text
        return f"\n\n{text}"

    def _markdown(self, text: str, results: Sequence[NamedValue]) -> str:
        values = {f"[{result.name}]": result for result in results}
        if not values:
            return text
        names = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
        return re.sub(names, lambda match: self._result_markdown(values[match[0]]), text)

    def _result_markdown(self, result: NamedValue) -> str:
        references = media_values(result.value)
        label = re.sub(r"[\[\]]", "", result.name)
        texts = [
            self._medium_markdown(
                label if len(references) == 1 else f"{label} {number}",
                reference["artifact"],
                reference["kind"],
            )
            for number, reference in enumerate(references, 1)
        ]
        return "\n".join(texts) or f"[{label}]"

    def _medium_markdown(self, label: str, digest: str, kind: str) -> str:
        link = self._embedded(digest) or self.url_of(digest)
        # On lines of their own, since clients show pictures as blocks.
        return f"\n\n![{label}]({link})\n\n" if kind in ("image", "mask") else f"[{label}]({link})"

    def _embedded(self, digest: str) -> str:
        if not self.embeds_media:
            return ""
        artifact = self.store.find(digest)
        if artifact is None or artifact.bytes + len(self.content) > MAX_EMBEDDED_BYTES:
            return ""
        data = base64.b64encode(self.store.open(digest)[1]).decode()
        return f"data:{media_type_of(artifact)};base64,{data}"


def _approval_text(run: str, plan: str, reasons: Sequence[str]) -> str:
    listed = "; ".join(reasons)
    return (
        f"This plan waits for approval{f', because {listed}' if listed else ''}:\n\n"
        f"```\n{plan.strip()}\n```\n\n"
        f"Approve it with `POST /v1/runs/{run}/approve`."
    )


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_SHOWN else f"{line[: _MAX_SHOWN - 1]}…"
