"""Sample requests over the files that ship with Batuta."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import tools

SAMPLES = Path(tools.__file__).parent / "samples"


@dataclass(frozen=True)
class Example:
    """A request with its file and the tools it requires."""

    request: str
    file: str
    tools: frozenset[str]

    @property
    def path(self) -> Path:
        return SAMPLES / self.file


_EXAMPLES = (
    Example("What does the sign say?", "sign.png", frozenset({"read_text"})),
    Example(
        "Mark the cup, and give me the outlines too",
        "photo.jpg",
        frozenset({"detect", "draw_boxes", "edges"}),
    ),
    Example("Write down what is said in this recording", "speech.wav", frozenset({"transcribe"})),
    Example("How many birds are in this scene?", "scene.png", frozenset({"detect", "ask_image"})),
    Example("Take the noise out of this recording", "noisy_speech.wav", frozenset({"clean_sound"})),
    Example("Cut the person out of this picture", "portrait.jpg", frozenset({"cut_out"})),
)


def examples(offered: Collection[str]) -> list[tuple[int, Example]]:
    """Return the numbered samples that work with these tools."""
    return [
        (number, example)
        for number, example in enumerate(_EXAMPLES)
        if example.tools <= set(offered) and example.path.is_file()
    ]
