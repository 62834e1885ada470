"""Base class of the image, video and audio generators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tools import Embedding, Image
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.sprites.adapters.known_objects import OBJECTS_FILE, KnownObjects
from tools.sprites.adapters.language_model_encoder import attach_language_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SheetDrawing:
    """Generate a sheet of numbers for a prompt with known objects.

    Settings: those of Pipeline; `rows` and `columns` of a sheet.
    """

    generator_name: ClassVar[str]
    """Its name in error messages."""

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], objects: str) -> None:
        self.pipeline = pipeline
        self.known_objects = KnownObjects(objects, self.generator_name)
        self.size = {"height": int(settings["rows"]), "width": int(settings["columns"])}

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        pipeline = Pipeline.open(files, settings, device)
        attach_language_model(pipeline.pipeline, files, device)
        return cls(pipeline, settings, files[OBJECTS_FILE].read_text("utf-8"))

    def generate_sheet(
        self,
        prompt: str | Embedding,
        seed: int,
        preview: Callable[[NDArray[np.float32]], Image | None] = lambda sheet: None,
    ) -> NDArray[np.float32]:
        """Generate a sheet (channels, rows, columns); `preview` shows an unfinished one."""

        def show_preview(tensors: Mapping[str, Any]) -> Image | None:
            return preview(_to_array(tensors["latents"][0]))

        output = self.pipeline.run(
            seed,
            show_preview,
            **(
                {"prompt": prompt} if isinstance(prompt, str) else self._embedding_arguments(prompt)
            ),
            use_resolution_binning=False,
            output_type="latent",
            **self.size,
        )
        return _to_array(output.images[0])

    def _embedding_arguments(self, embedding: Embedding) -> dict[str, Any]:
        """Return prompt embeddings that replace the output of the text encoder."""
        import torch
        from torch.nn import functional

        pipeline = self.pipeline.pipeline
        empty_embeds, empty_mask, *_ = pipeline.encode_prompt("", do_classifier_free_guidance=False)
        embeds = torch.tensor(embedding.values).reshape(1, embedding.rows, -1).to(empty_embeds)
        padding = empty_embeds.shape[1] - embedding.rows
        return {
            "prompt_embeds": functional.pad(embeds, (0, 0, 0, padding)),
            "prompt_attention_mask": torch.arange(empty_embeds.shape[1])[None] < embedding.rows,
            "negative_prompt_embeds": empty_embeds,
            "negative_prompt_attention_mask": empty_mask,
        }


def _to_array(tensor: Any) -> NDArray[np.float32]:
    return tensor.float().cpu().numpy()
