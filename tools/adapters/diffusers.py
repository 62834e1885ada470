"""Pictures from words, by any text-to-image pipeline of diffusers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from tools import BadArgument, Image, check_stop, progress
from tools.adapters.checkpoint_folder import checkpoint_folder
from tools.orchestra.draw import Painter

if TYPE_CHECKING:
    import PIL.Image
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline
    from torch import Tensor

THINGS = "things.txt"
"""The file of a checkpoint that lists all it can draw, where that is not nearly everything."""


class DiffusersPainter(Painter):
    """Draws with diffusers. Settings: `steps`, `guidance` and `enlarge`, how many times.

    A checkpoint that knows a small world only brings a list of its things, one a line; other
    names of the same thing stand behind it.
    """

    def __init__(
        self, pipeline: DiffusionPipeline, settings: Mapping[str, str], things: str = ""
    ) -> None:
        self.pipeline = pipeline
        self.pipeline.set_progress_bar_config(disable=True)
        self.steps = int(settings.get("steps", "20"))
        self.guidance = float(settings.get("guidance", "4.5"))
        self.enlarge = int(settings.get("enlarge", "1"))
        self.things = [line.split(", ") for line in things.splitlines()]

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import torch
        import transformers.utils.logging
        from diffusers.pipelines.pipeline_utils import DiffusionPipeline
        from diffusers.utils.logging import disable_progress_bar

        # Each library would write a bar of its own over the program's.
        disable_progress_bar()
        transformers.utils.logging.disable_progress_bar()
        dtype = torch.float32 if device == "cpu" else torch.bfloat16
        with checkpoint_folder(files) as folder:
            pipeline = DiffusionPipeline.from_pretrained(folder, dtype=dtype, local_files_only=True)
        things = files[THINGS].read_text("utf-8") if THINGS in files else ""
        return cls(pipeline.to(device), settings, things)

    def paint(self, prompt: str, seed: int) -> Image:
        import torch

        self._check_words(prompt)

        def at_step(_: object, step: int, time: object, tensors: dict[str, Tensor]) -> object:
            check_stop()
            done = step + 1
            progress(
                done / self.steps, f"step {done} of {self.steps}", preview=self._preview(tensors)
            )
            return tensors

        wanted: dict[str, Any] = {
            "prompt": prompt,
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            # On the CPU on every machine, so that a seed means the same noise.
            "generator": torch.Generator().manual_seed(seed),
            "callback_on_step_end": at_step,
        }
        # Every text-to-image pipeline can be called, but their common class does not say so.
        make = cast("Callable[..., Any]", self.pipeline)
        if "use_resolution_binning" in inspect.signature(make).parameters:
            wanted["use_resolution_binning"] = False
        check_stop()
        return self._shown(make(**wanted).images[0])

    def _preview(self, tensors: Mapping[str, Tensor]) -> Image | None:
        """The picture so far, where it is not hidden behind an autoencoder."""
        if getattr(self.pipeline, "vae", None) is not None:
            return None
        return self._shown(self.pipeline.image_processor.postprocess(tensors["latents"])[0])

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
