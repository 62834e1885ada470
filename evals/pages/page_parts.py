"""Parts of offline HTML pages about samples: the frame, tables, and media."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import PIL.Image

from evals.scoring.eval_logs import attempt_of_sample, format_number
from tools.errors import BatutaError
from tools.media import Audio, Image, Video
from tools.media.open_untrusted import open_media

if TYPE_CHECKING:
    from inspect_ai.log import EvalSample
    from inspect_ai.model import Content
    from inspect_ai.scorer import Score

SHOWN_MEDIA = 4
MAX_INPUT_SIDE = 400
MAX_INPUT_BYTES = 2_000_000
"""Longer sounds and films among the files of a request are named, not embedded."""


def write_page(out: Path, title: str, parts: Sequence[str]) -> None:
    """Write a self-contained page that opens offline."""
    template = Template(files("evals.data").joinpath("report.html").read_text(encoding="utf-8"))
    out.parent.mkdir(parents=True, exist_ok=True)
    text = template.substitute(title=escape(title), content="\n".join(parts))
    out.write_text(text, encoding="utf-8")


def table_html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


def labelled(label: str, text: str) -> str:
    """Return a text with a label above it; nothing for an empty text."""
    return f"<h4>{escape(label)}</h4><pre>{escape(text.strip())}</pre>" if text.strip() else ""


def attempt_html(sample: EvalSample) -> str:
    """Return the earlier turns, the plan, the answer and the errors of a sample."""
    attempt = attempt_of_sample(sample)
    earlier = [f"{turn.request}\n{turn.plan}\n{turn.answer}".strip() for turn in attempt.earlier]
    failures = dict.fromkeys(f"{failure.text}: {failure.error}" for failure in attempt.failures)
    error = attempt.error or (sample.error.message if sample.error else "")
    parts = {
        "earlier turns": "\n\n".join(earlier),
        "plan": attempt.plan,
        "answer": attempt.answer or ("" if error else sample.output.completion),
        "error": error,
        "failed commands": "\n".join(failures),
    }
    return "".join(labelled(label, text) for label, text in parts.items())


def score_html(name: str, score: Score) -> str:
    """Return a line with a score, coloured if it is right or wrong, and why."""
    value = score.value
    text = format_number(value) if isinstance(value, int | float) else str(value)
    word = {1: "better", 0: "worse"}.get(value, "") if isinstance(value, int | float) else ""
    reason = f": {escape(score.explanation)}" if score.explanation else ""
    return f'<p class="score"><b class="{word}">{escape(name)} {escape(text)}</b>{reason}</p>'


def media_html(sample: EvalSample) -> str:
    """Return elements for the images, audio and videos of the answer."""
    contents = [content for message in sample.messages[-1:] for content in _contents(message)]
    return "".join(list(_elements(sample, contents))[:SHOWN_MEDIA])


def inputs_html(sample: EvalSample) -> str:
    """Return elements for the media of the request: of its messages, and its files."""
    messages = [] if isinstance(sample.input, str) else sample.input
    contents = [content for message in messages for content in _contents(message)]
    elements = list(_elements(sample, contents))
    metadata = sample.metadata or {}
    for turn in (*metadata.get("earlier", []), metadata):
        elements += [_file_html(Path(str(name))) for name in turn.get("files", [])]
    return "".join(elements[:SHOWN_MEDIA])


def _contents(message: object) -> Sequence[Content]:
    content = getattr(message, "content", "")
    return [] if isinstance(content, str) else content


def _elements(sample: EvalSample, contents: Sequence[Content]) -> Iterator[str]:
    for content in contents:
        match content.type:
            case "image":
                yield _element("img", sample, content.image)
            case "audio":
                yield _element("audio", sample, content.audio)
            case "video":
                yield _element("video", sample, content.video)
            case _:
                pass


def _element(tag: str, sample: EvalSample, source: str) -> str:
    # Inspect stores long sources as attachments.
    source = sample.attachments.get(source.removeprefix("attachment://"), source)
    if not source.startswith("data:"):
        return f"<p>{tag}: {escape(source)}</p>"
    return _media_tag(tag, source)


def _media_tag(tag: str, source: str) -> str:
    if tag == "img":
        return f'<img src="{escape(source)}" alt="">'
    return f'<{tag} controls src="{escape(source)}"></{tag}>'


def _file_html(path: Path) -> str:
    """Return a small copy of a file, or its name where there is none."""
    if path.is_file():
        try:
            medium = open_media(path)
        except (BatutaError, OSError):
            medium = None
        if isinstance(medium, Image):
            return _media_tag("img", _thumbnail(medium))
        if isinstance(medium, Audio) and path.stat().st_size < MAX_INPUT_BYTES:
            return _media_tag("audio", _data_url("audio/wav", medium.encode()))
        if isinstance(medium, Video) and path.stat().st_size < MAX_INPUT_BYTES:
            return _media_tag("video", _data_url("video/mp4", medium.encode()))
    return f"<p>{escape(path.name)}</p>"


def _thumbnail(image: Image) -> str:
    pixels = image.opaque().copy()
    pixels.thumbnail((MAX_INPUT_SIDE, MAX_INPUT_SIDE), PIL.Image.Resampling.LANCZOS)
    file = io.BytesIO()
    pixels.save(file, "JPEG", quality=85)
    return _data_url("image/jpeg", file.getvalue())


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
