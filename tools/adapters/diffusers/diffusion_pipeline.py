"""Load diffusers pipelines and run them with progress and previews."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from tools import Image, check_stop, progress
from tools.adapters.checkpoint_folder import checkpoint_folder
from tools.adapters.transformers.pretrained import resolve_dtype, seeded_sampling

PreviewFunction = Callable[[Mapping[str, Any]], Image | None]
"""Makes a preview of the result from the tensors of a step."""


def _no_preview(tensors: Mapping[str, Any]) -> Image | None:
    return None


class Pipeline:
    """Any diffusers pipeline.

    Settings: `pipeline`, the class if not the one that the checkpoint names; `parts`, networks
    from other folders of the card, as in "controlnet:ControlNetUnionModel"; `variant` of the
    weight files; `dtype`, and `float32`, the components that need full precision; `offload`;
    `steps` (20); `guidance`, and the name of its argument (`guidance_name`, "guidance_scale").
    """

    def __init__(self, pipeline: Any, settings: Mapping[str, str], device: str = "cpu") -> None:
        self.pipeline = pipeline
        self.device = device
        self.pipeline.set_progress_bar_config(disable=True)
        self.steps = int(settings.get("steps", "20"))
        guidance_name = settings.get("guidance_name", "guidance_scale")
        self.guidance = (
            {guidance_name: float(settings["guidance"])} if "guidance" in settings else {}
        )
        self.call_parameters = frozenset(inspect.signature(pipeline.__call__).parameters)

    @classmethod
    def open(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        """Load the pipeline from the files and move it to the device."""
        import diffusers
        import torch
        import transformers.utils.logging
        from diffusers.utils.logging import disable_progress_bar

        # Each library would draw its own progress bar over the program's.
        disable_progress_bar()
        transformers.utils.logging.disable_progress_bar()
        pipeline_class: Any = getattr(diffusers, settings.get("pipeline", "DiffusionPipeline"))
        dtype = resolve_dtype(settings, device)
        full_precision = dict.fromkeys(settings.get("float32", "").split(), torch.float32)
        options: dict[str, Any] = {"local_files_only": True}
        with checkpoint_folder(files) as folder:
            parts = {
                name: getattr(diffusers, network).from_pretrained(
                    folder / name, dtype=dtype, **options
                )
                for name, network in _parse_pairs(settings.get("parts", ""))
            }
            variant = {"variant": settings["variant"]} if "variant" in settings else {}
            options["dtype"] = {"default": dtype, **full_precision}
            pipeline = pipeline_class.from_pretrained(folder, **options, **parts, **variant)
        return cls(_move_to_device(pipeline, settings.get("offload", ""), device), settings, device)

    def run(self, seed: int, preview: PreviewFunction = _no_preview, **arguments: Any) -> Any:
        """Run the pipeline with those arguments that it accepts, except None."""
        import torch

        steps_done = 0

        def report_step(tensors: Mapping[str, Any]) -> None:
            nonlocal steps_done
            check_stop()
            steps_done = min(steps_done + 1, self.steps)
            progress(
                steps_done / self.steps,
                f"step {steps_done} of {self.steps}",
                preview=preview(tensors),
            )

        def on_step_end(_: object, step: int, time: object, tensors: dict[str, Any]) -> object:
            report_step(tensors)
            return tensors

        def legacy_callback(step: int, time: object, latents: Any) -> None:
            report_step({"latents": latents})

        options: dict[str, Any] = {
            "num_inference_steps": self.steps,
            **self.guidance,
            # Always on the CPU, so that a seed gives the same noise on every machine.
            "generator": torch.Generator().manual_seed(seed),
            **{name: value for name, value in arguments.items() if value is not None},
        }
        if "callback_on_step_end" in self.call_parameters:
            options["callback_on_step_end"] = on_step_end
        else:
            options |= {"callback": legacy_callback, "callback_steps": 1}
        accepted_options = {
            name: each for name, each in options.items() if name in self.call_parameters
        }
        check_stop()
        try:
            # Some sample the latents of an audio input without the generator argument.
            with seeded_sampling(seed, self.device):
                return self.pipeline(**accepted_options)
        finally:
            # Move offloaded components off the GPU, also if the call was stopped.
            self.pipeline.maybe_free_model_hooks()


def _move_to_device(pipeline: Any, offload: str, device: str) -> Any:
    import torch

    if offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif offload == "group":
        pipeline.enable_group_offload(
            onload_device=torch.device(device),
            offload_device=torch.device("cpu"),
            offload_type="leaf_level",
            use_stream=device.startswith("cuda"),
        )
    else:
        pipeline.to(device)
    return pipeline


def _parse_pairs(text: str) -> list[tuple[str, str]]:
    pairs = [pair.partition(":") for pair in text.split(",") if pair.strip()]
    return [(name.strip(), network.strip()) for name, _, network in pairs]
