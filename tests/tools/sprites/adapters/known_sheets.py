"""A pipeline that draws sheets which are known beforehand, by what it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch


class KnownSheets:
    """Called as a pipeline of diffusers is; two steps, after which the sheet is there."""

    def __init__(self, draw: Callable[[str, torch.Generator], torch.Tensor]) -> None:
        self.draw = draw

    def set_progress_bar_config(self, disable: bool) -> None:
        pass

    def maybe_free_model_hooks(self) -> None:
        pass

    def __call__(
        self,
        prompt: str,
        height: int,
        width: int,
        num_inference_steps: int,
        generator: torch.Generator,
        output_type: str,
        callback_on_step_end: Callable[..., Any],
    ) -> SimpleNamespace:
        assert output_type == "latent"
        sheet = self.draw(prompt, generator)
        assert sheet.shape[1:] == (height, width)
        for step in range(num_inference_steps):
            callback_on_step_end(self, step, step, {"latents": sheet[None]})
        return SimpleNamespace(images=[sheet])
