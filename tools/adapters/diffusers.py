"""Pictures from words, by any text-to-image pipeline of diffusers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Image
from tools.adapters.pipeline import Pipeline
from tools.orchestra.draw import Painter


class DiffusersPainter(Painter):
    """Draws with diffusers. Settings: those of Pipeline; `side` of the picture, in pixels, if not
    what the checkpoint prefers; `unwanted`, what it is told not to draw.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        self.pipeline = pipeline
        side = settings.get("side")
        self.size: dict[str, Any] = {"width": int(side), "height": int(side)} if side else {}
        self.unwanted = settings.get("unwanted")

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(Pipeline.open(files, settings, device), settings)

    def paint(self, prompt: str, seed: int) -> Image:
        made = self.pipeline.run(
            seed,
            prompt=prompt,
            negative_prompt=self.unwanted,
            # It would draw in another size, and cut that down to the one asked for.
            use_resolution_binning=False,
            **self.size,
        )
        return Image(made.images[0])
