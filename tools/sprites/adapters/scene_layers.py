"""Generate images from text with a diffusers pipeline for layered scenes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tools import Embedding, Image
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.images.draw import ConditionedPainter, Painter
from tools.sprites.adapters.sheet_drawing import SheetDrawing
from tools.sprites.scene_sheet import from_sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SceneLayers(SheetDrawing, Painter, ConditionedPainter):
    """Text-to-image model that generates layers and composes them (tools/sprites/scene_sheet.py).

    Settings: those of SheetDrawing; `side` of the image, in pixels.
    """

    generator_name = "painter"

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], objects: str) -> None:
        super().__init__(pipeline, settings, objects)
        self.side = int(settings["side"])

    def paint(self, prompt: str, seed: int) -> Image:
        self.known_objects.require(prompt)
        return self._compose(self.generate_sheet(prompt, seed, self._compose))

    def paint_from_embedding(self, embedding: Embedding, seed: int) -> Image:
        return self._compose(self.generate_sheet(embedding, seed, self._compose))

    def _compose(self, sheet: NDArray[np.float32]) -> Image:
        import PIL.Image

        return Image(PIL.Image.fromarray(from_sheet(sheet).render(self.side)))
