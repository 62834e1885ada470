"""Pictures from words, by any text-to-image pipeline of diffusers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import BadArgument, Image
from tools.adapters.pipeline import Pipeline
from tools.orchestra.draw import Painter

if TYPE_CHECKING:
    import PIL.Image

THINGS = "things.txt"
"""The file of a checkpoint that lists all it can draw, where that is not nearly everything."""


class DiffusersPainter(Painter):
    """Draws with diffusers. Settings: those of Pipeline; `side` of the picture, in pixels, if not
    what the checkpoint prefers; `unwanted`, what it is told not to draw; `enlarge`, how many times.

    A checkpoint that knows a small world only brings a list of its things, one a line; other
    names of the same thing stand behind it.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], things: str = "") -> None:
        self.pipeline = pipeline
        self.enlarge = int(settings.get("enlarge", "1"))
        side = settings.get("side")
        self.size = {"width": int(side), "height": int(side)} if side else {}
        self.unwanted = settings.get("unwanted")
        self.things = [line.split(", ") for line in things.splitlines()]

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        things = files[THINGS].read_text("utf-8") if THINGS in files else ""
        return cls(Pipeline.open(files, settings, device), settings, things)

    def paint(self, prompt: str, seed: int) -> Image:
        self._check_words(prompt)
        made = self.pipeline.run(
            seed,
            self._preview,
            prompt=prompt,
            negative_prompt=self.unwanted,
            # It would draw in another size, and cut that down to the one asked for.
            use_resolution_binning=False,
            **self.size,
        )
        return self._shown(made.images[0])

    def _preview(self, tensors: Mapping[str, Any]) -> Image | None:
        """The picture so far, where it is not hidden behind an autoencoder."""
        pipeline = self.pipeline.pipeline
        if getattr(pipeline, "vae", None) is not None:
            return None
        return self._shown(pipeline.image_processor.postprocess(tensors["latents"])[0])

    def _shown(self, pixels: PIL.Image.Image) -> Image:
        import PIL.Image

        size = (pixels.width * self.enlarge, pixels.height * self.enlarge)
        return Image(pixels.resize(size, PIL.Image.Resampling.BICUBIC))

    def _check_words(self, prompt: str) -> None:
        said = f" {' '.join(re.findall(r'[a-z]+', prompt.lower()))} "
        if self.things and not any(f" {name} " in said for names in self.things for name in names):
            raise BadArgument(
                f"the painter knows none of the things in {prompt!r}; it knows: "
                + ", ".join(names[0] for names in self.things),
                hint="draw some of these instead",
            )
