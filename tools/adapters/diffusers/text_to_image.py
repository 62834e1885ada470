"""Generate images from text or embeddings with any diffusers text-to-image pipeline."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Embedding, Image, ToolError
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.images.draw import Painter, ToldPainter

BESIDES = frozenset({"pooled_prompt_embeds", "prompt_attention_mask", "prompt_embeds_mask"})
"""Conditioning that a pipeline may require besides the prompt embeddings."""


class DiffusersPainter(Painter, ToldPainter):
    """Text-to-image pipeline.

    Settings: those of Pipeline; `side` of the image, in pixels, if not the checkpoint's default;
    `unwanted`, the negative prompt.
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
        return self._paint(seed, prompt=prompt)

    def paint_told(self, told: Embedding, seed: int) -> Image:
        return self._paint(seed, prompt_embeds=self._read_already(told))

    def _paint(self, seed: int, **told: Any) -> Image:
        made = self.pipeline.run(
            seed,
            **told,
            negative_prompt=self.unwanted,
            # With binning it would generate another size and crop it to the requested one.
            use_resolution_binning=False,
            **self.size,
        )
        return Image(made.images[0])

    def _read_already(self, told: Embedding) -> Any:
        """Return prompt embeddings that replace the output of the text encoder.

        Missing rows are padded with the embeddings of an empty prompt.
        """
        import torch

        pipeline = self.pipeline.pipeline
        name = type(pipeline).__name__
        besides = sorted(BESIDES & self.pipeline.takes)
        if "prompt_embeds" not in self.pipeline.takes or besides:
            wants = f"also needs {besides[0]!r}" if besides else "accepts text only"
            raise ToolError(
                f"{name} cannot draw from vectors alone: it {wants}",
                hint="give the joint model another painter, such as draw/stable-diffusion-1.5",
            )
        asked = {
            "prompt": "",
            "device": self.pipeline.device,
            "num_images_per_prompt": 1,
            "do_classifier_free_guidance": False,
        }
        taken = inspect.signature(pipeline.encode_prompt).parameters
        with torch.no_grad():
            unsaid, *_ = pipeline.encode_prompt(**{n: asked[n] for n in asked if n in taken})
        if not isinstance(unsaid, torch.Tensor):
            raise ToolError(
                f"{name} cannot draw from vectors alone: it needs a list of them",
                hint="give the joint model another painter, such as draw/stable-diffusion-1.5",
            )
        width = len(told.values) // told.rows
        if width != unsaid.shape[2] or told.rows > unsaid.shape[1]:
            raise ToolError(
                f"{name} got {told.rows} vectors of {width} numbers; allowed: up to "
                f"{unsaid.shape[1]} of {unsaid.shape[2]}",
                hint="the joint model was trained for another painter",
            )
        given = torch.tensor(told.values).reshape(1, told.rows, width).to(unsaid)
        return torch.cat([given, unsaid[:, told.rows :]], dim=1)
