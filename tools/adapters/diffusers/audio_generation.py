"""Generate audio and music from text with diffusers pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Audio
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.audio.make_music import Musician
from tools.library.audio.make_sound import SoundMaker

DURATION_ARGUMENTS = ("audio_end_in_s", "audio_length_in_s", "audio_duration")
"""The names that pipelines give to the duration argument."""


class DiffusersSoundMaker(SoundMaker, Musician):
    """Text-to-audio pipeline.

    Settings: those of Pipeline; `rate`, samples per second; `longest` and `shortest`, in seconds
    (10 and 0): shorter audio is cut from one of length `shortest`; `unwanted`, the negative prompt.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        self.pipeline = pipeline
        self.settings = settings
        self.rate = int(settings["rate"])
        self.longest_s = float(settings.get("longest", "10"))
        self.shortest_s = float(settings.get("shortest", "0"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(Pipeline.open(files, settings, device), settings)

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        return self._generate(prompt, seconds, seed)

    def play_prompt(self, prompt: str, seconds: float, seed: int) -> Audio:
        return self._generate(prompt, seconds, seed)

    def _generate(self, prompt: str, seconds: float, seed: int) -> Audio:
        duration_s = max(seconds, self.shortest_s)
        output = self.pipeline.run(
            seed,
            prompt=prompt,
            negative_prompt=self.settings.get("unwanted", ""),
            output_type="np",
            **dict.fromkeys(DURATION_ARGUMENTS, duration_s),
        )
        return Audio(to_samples(output.audios[0])[:, : round(seconds * self.rate)], self.rate)


def to_samples(output: Any) -> Any:
    """Convert a pipeline's array or tensor to samples: (channels, samples)."""
    import numpy as np

    if hasattr(output, "float"):
        output = output.float().cpu().numpy()
    return np.atleast_2d(np.asarray(output, np.float32))
