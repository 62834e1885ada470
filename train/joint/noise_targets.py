"""Stable Diffusion as a frozen generator with its denoising loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from evals.world import Scene
from evals.world.dialogue.dialogues import Shown
from train.joint.generator_targets import Maker


class NoiseMaker(Maker):
    """A frozen pipeline of Stable Diffusion, which generates images."""

    parts = ("unet", "text_encoder", "vae")

    def __init__(self, pipeline: Any, longest: int) -> None:
        from diffusers import DDPMScheduler

        super().__init__(pipeline, longest)
        # The checkpoint's scheduler takes larger steps; this one has the same noise and target.
        self.scheduler: Any = DDPMScheduler.from_config(pipeline.scheduler.config)

    def read(self, ids: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Encode token ids; all vectors are present, padding included."""
        return self.text_encoder(input_ids=ids).last_hidden_state, torch.ones_like(there)

    @torch.no_grad()
    def sheets(self, made: Sequence[tuple[Shown, str]]) -> Tensor:
        """Encode images as latents of the VAE."""
        pipeline = self.pipeline
        pictures = np.stack([each.pixels for each, _ in made if isinstance(each, Scene)])
        pixels = torch.from_numpy(pictures).to(pipeline.vae.device).movedim(-1, 1).float()
        side = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
        scaled = functional.interpolate(
            pixels / 127.5 - 1, (side, side), mode="bilinear", antialias=True
        )
        latents = pipeline.vae.encode(scaled).latent_dist.mode()
        return latents * pipeline.vae.config.scaling_factor

    def wrong(self, sheets: Tensor, vectors: Tensor, there: Tensor) -> Tensor:
        last = self.scheduler.config.num_train_timesteps
        times = torch.randint(last, (len(sheets),)).to(sheets.device)
        noise = torch.randn(sheets.shape).to(sheets)
        noisy = self.scheduler.add_noise(sheets, noise, times)
        guessed = self.pipeline.unet(noisy, times, encoder_hidden_states=vectors).sample
        missed = guessed.float() - self._wanted(sheets, noise, times)
        return missed.square().mean()

    def _wanted(self, sheets: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        """Return the target of the checkpoint's prediction type."""
        guesses = self.scheduler.config.prediction_type
        if guesses == "v_prediction":
            return self.scheduler.get_velocity(sheets, noise, times)
        return sheets if guesses == "sample" else noise
