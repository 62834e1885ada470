"""Writes docs/tools.md: each tool, its models, and a real result of its example.

python -m evals.document_tools [--profile offline]
"""

from __future__ import annotations

import argparse
import asyncio
import io
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

from agent.agent import Agent, Settings
from agent.artifacts import ArtifactStore, Encoded, references
from agent.events import CommandFinished
from agent.plan import show
from tools.check import SAMPLES
from tools.media import Image, Mask, Video
from tools.plugin import Tool

FOLDER = Path(__file__).parents[1] / "docs"
SHOWN_PIXELS = 280
SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Shown:
    """What a tool's example gave."""

    example: str
    words: str
    pictures: list[Path]
    seconds: float


async def document(profile: str) -> None:
    """Run the examples of all offered tools and write the page."""
    (FOLDER / "tools").mkdir(parents=True, exist_ok=True)
    for old in (FOLDER / "tools").glob("*.jpg"):
        old.unlink()
    async with Agent.open(Settings(profile=profile)) as agent:
        sections: list[str] = []
        for tool in agent.orchestra.offered.values():
            shown = [await _try(agent, tool, example) for example in tool.examples]
            models = agent.orchestra.profile.cards_for(tool.name) if tool.model_class else ()
            told = "".join(
                f"- `{card.id}` ({card.licence}, {card.download_bytes / 2**20:.0f} MiB): cannot "
                f"{card.cannot}\n"
                for card in models
            )
            sections.append(_section(tool, told, [each for each in shown if each]))
    page = (
        "# Tools\n\n"
        f"What plans can use in the profile `{profile}`, each with the result of its example on "
        "the files of [tools/samples](../tools/samples/SOURCES.md). Written by `make docs`; the "
        "seconds include loading the model.\n\n" + "\n".join(sections)
    )
    (FOLDER / "tools.md").write_text(page, encoding="utf-8")


async def _try(agent: Agent, tool: Tool[..., object], example: str) -> Shown | None:
    events = agent.run(f"example of {tool.name}", plan=example, named_files=SAMPLES)
    finished: list[CommandFinished] = []
    async with aclosing(events):
        async for event in events:
            if isinstance(event, CommandFinished):
                finished.append(event)
    own = [event for event in finished if event.tool == tool.name]
    if not own:
        return None
    last = own[-1]
    store = agent.orchestra.store
    pictures = list(_pictures(store, last.value, tool.name))
    words = show(store.decode(last.value))[:SHOWN_CHARACTERS]
    return Shown(example, words, pictures, last.seconds)


def _pictures(store: ArtifactStore, value: Encoded, name: str) -> Iterator[Path]:
    """Small JPEG pictures of what can be seen of a value."""
    for number, digest in enumerate(references(value)[:4]):
        media = store.get(digest)
        if isinstance(media, Image | Mask):
            pixels = media.pixels
        elif isinstance(media, Video):
            pixels = PIL.Image.fromarray(next(media.frames()))
        else:
            continue
        if pixels.mode == "RGBA":
            ground = PIL.Image.new("RGBA", pixels.size, "white")
            pixels = PIL.Image.alpha_composite(ground, pixels)
        pixels = pixels.convert("RGB")
        pixels.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
        file = io.BytesIO()
        pixels.save(file, "JPEG", quality=80)
        path = FOLDER / "tools" / f"{name}{number or ''}.jpg"
        path.write_bytes(file.getvalue())
        yield path


def _section(tool: Tool[..., object], models: str, shown: list[Shown]) -> str:
    lines = [f"## {tool.name}", "", f"`{tool.signature}`", "", f"{tool.description}", ""]
    if models:
        lines += [models]
    for each in shown:
        lines += [f"`{each.example}` — {each.seconds:.1f} s", ""]
        if each.pictures:
            lines += [
                " ".join(f"![{each.words}](tools/{path.name})" for path in each.pictures),
                "",
            ]
        else:
            lines += [f"> {line}" for line in each.words.splitlines()] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="offline")
    asyncio.run(document(parser.parse_args().profile))
