"""Base class of the image, video and audio generators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tools import Embedding, Image
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.sprites.adapters.known_objects import THINGS, KnownThings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SheetDrawing:
    """Generate a sheet of numbers for a prompt with known objects.

    Settings: those of Pipeline; `rows` and `columns` of a sheet.
    """

    maker: ClassVar[str]
    """Its name in error messages."""

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
        prompt: str | Embedding,
        seed: int,
        look: Callable[[NDArray[np.float32]], Image | None] = lambda sheet: None,
    ) -> NDArray[np.float32]:
        """Generate a sheet (channels, rows, columns); `preview` shows an unfinished one."""

        def shown(tensors: Mapping[str, Any]) -> Image | None:
            return look(_numbers(tensors["latents"][0]))

        made = self.pipeline.run(
            seed,
            shown,
            **({"prompt": prompt} if isinstance(prompt, str) else self._read_already(prompt)),
            use_resolution_binning=False,
            output_type="latent",
            **self.size,
        )
        return _numbers(made.images[0])

    def _read_already(self, told: Embedding) -> dict[str, Any]:
        """Return prompt embeddings that replace the output of the text encoder."""
        import torch
        from torch.nn import functional

        pipeline = self.pipeline.pipeline
        unsaid, none_said, *_ = pipeline.encode_prompt("", do_classifier_free_guidance=False)
        given = torch.tensor(told.values).reshape(1, told.rows, -1).to(unsaid)
        room = unsaid.shape[1] - told.rows
        return {
            "prompt_embeds": functional.pad(given, (0, 0, 0, room)),
            "prompt_attention_mask": torch.arange(unsaid.shape[1])[None] < told.rows,
            "negative_prompt_embeds": unsaid,
            "negative_prompt_attention_mask": none_said,
        }


def _numbers(tensor: Any) -> NDArray[np.float32]:
    return tensor.float().cpu().numpy()
