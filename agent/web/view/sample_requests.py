"""Sample requests over the files that ship with Batuta."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import tools

SAMPLES = Path(tools.__file__).parent / "samples"


@dataclass(frozen=True)
class SampleRequest:
    """A request with its file and the tools it requires."""

    request: str
    file: str
    tools: frozenset[str]

    @property
    def path(self) -> Path:
        return SAMPLES / self.file


_SAMPLE_REQUESTS = (
    SampleRequest("What does the sign say?", "sign.png", frozenset({"read_text"})),
    SampleRequest(
        "Mark the cup, and give me the outlines too",
        "photo.jpg",
        frozenset({"detect", "draw_boxes", "edges"}),
    ),
    SampleRequest(
        "Write down what is said in this recording", "speech.wav", frozenset({"transcribe"})
    ),
    SampleRequest(
        "How many birds are in this scene?", "scene.png", frozenset({"detect", "ask_image"})
    ),
    SampleRequest(
        "Take the noise out of this recording", "noisy_speech.wav", frozenset({"clean_sound"})
    ),
    SampleRequest("Cut the person out of this picture", "portrait.jpg", frozenset({"cut_out"})),
)


def available_samples(offered: Collection[str]) -> list[tuple[int, SampleRequest]]:
    """Return the numbered samples that work with these tools."""
    return [
        (number, sample)
        for number, sample in enumerate(_SAMPLE_REQUESTS)
        if sample.tools <= set(offered) and sample.path.is_file()
    ]
