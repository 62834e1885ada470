"""What the makers of scenes, films and sounds share: a pipeline that draws sheets for words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tools import Image
from tools.adapters.known_things import THINGS, KnownThings
from tools.adapters.pipeline import Pipeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SheetDrawing:
    """Draws a sheet of numbers for words that name something it knows.

    Settings: those of Pipeline; `rows` and `columns` of a sheet.
    """

    maker: ClassVar[str]
    """What it is called where it refuses words."""

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], things: str) -> None:
        self.pipeline = pipeline
        self.known = KnownThings(things, self.maker)
        self.size = {"height": int(settings["rows"]), "width": int(settings["columns"])}

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        pipeline = Pipeline.open(files, settings, device)
        return cls(pipeline, settings, files[THINGS].read_text("utf-8"))

    def sheet_for(
        self,
        prompt: str,
        seed: int,
        look: Callable[[NDArray[np.float32]], Image | None] = lambda sheet: None,
    ) -> NDArray[np.float32]:
        """(channels, rows, columns); `look` shows an unfinished sheet."""

        def shown(tensors: Mapping[str, Any]) -> Image | None:
            return look(_numbers(tensors["latents"][0]))

        made = self.pipeline.run(
            seed,
            shown,
            prompt=prompt,
            use_resolution_binning=False,
            output_type="latent",
            **self.size,
        )
        return _numbers(made.images[0])


def _numbers(tensor: Any) -> NDArray[np.float32]:
    return tensor.float().cpu().numpy()
