"""Generate images from text or embeddings with any diffusers text-to-image pipeline."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Embedding, Image, ToolError
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.images.draw import ConditionedPainter, Painter

EXTRA_CONDITIONING = frozenset(
    {"pooled_prompt_embeds", "prompt_attention_mask", "prompt_embeds_mask"}
)
"""Conditioning that a pipeline may require besides the prompt embeddings."""


class DiffusersPainter(Painter, ConditionedPainter):
    """Text-to-image pipeline.

    Settings: those of Pipeline; `side` of the image, in pixels, if not the checkpoint's default;
    `unwanted`, the negative prompt.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        self.pipeline = pipeline
        side = settings.get("side")
        self.size: dict[str, Any] = {"width": int(side), "height": int(side)} if side else {}
        self.negative_prompt = settings.get("unwanted")

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(Pipeline.open(files, settings, device), settings)

    def paint(self, prompt: str, seed: int) -> Image:
        return self._paint(seed, prompt=prompt)

    def paint_from_embedding(self, embedding: Embedding, seed: int) -> Image:
        return self._paint(seed, prompt_embeds=self._prompt_embeds(embedding))

    def _paint(self, seed: int, **conditioning: Any) -> Image:
        output = self.pipeline.run(
            seed,
            **conditioning,
            negative_prompt=self.negative_prompt,
            # With binning it would generate another size and crop it to the requested one.
            use_resolution_binning=False,
            **self.size,
        )
        return Image(output.images[0])

    def _prompt_embeds(self, embedding: Embedding) -> Any:
        """Return prompt embeddings that replace the output of the text encoder.

        Missing rows are padded with the embeddings of an empty prompt.
        """
        import torch

        pipeline = self.pipeline.pipeline
        name = type(pipeline).__name__
        required = sorted(EXTRA_CONDITIONING & self.pipeline.call_parameters)
        if "prompt_embeds" not in self.pipeline.call_parameters or required:
            reason = f"also needs {required[0]!r}" if required else "accepts text only"
            raise ToolError(
                f"{name} cannot draw from vectors alone: it {reason}",
                hint="give the joint model another painter, such as draw/stable-diffusion-1.5",
            )
        arguments = {
            "prompt": "",
            "device": self.pipeline.device,
            "num_images_per_prompt": 1,
            "do_classifier_free_guidance": False,
        }
        parameters = inspect.signature(pipeline.encode_prompt).parameters
        with torch.no_grad():
            empty_embeds, *_ = pipeline.encode_prompt(
                **{n: arguments[n] for n in arguments if n in parameters}
            )
        if not isinstance(empty_embeds, torch.Tensor):
            raise ToolError(
                f"{name} cannot draw from vectors alone: it needs a list of them",
                hint="give the joint model another painter, such as draw/stable-diffusion-1.5",
            )
        width = len(embedding.values) // embedding.rows
        if width != empty_embeds.shape[2] or embedding.rows > empty_embeds.shape[1]:
            raise ToolError(
                f"{name} got {embedding.rows} vectors of {width} numbers; allowed: up to "
                f"{empty_embeds.shape[1]} of {empty_embeds.shape[2]}",
                hint="the joint model was trained for another painter",
            )
        embeds = torch.tensor(embedding.values).reshape(1, embedding.rows, width).to(empty_embeds)
        return torch.cat([embeds, empty_embeds[:, embedding.rows :]], dim=1)
