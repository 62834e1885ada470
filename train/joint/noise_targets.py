"""Stable Diffusion as a frozen generator with its denoising loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from evals.world import Scene
from evals.world.dialogue.dialogues import WorldMedia
from train.joint.generator_targets import FrozenGenerator


class StableDiffusionGenerator(FrozenGenerator):
    """A frozen pipeline of Stable Diffusion, which generates images."""

    parts = ("unet", "text_encoder", "vae")

    def __init__(self, pipeline: Any, max_vectors: int) -> None:
        from diffusers import DDPMScheduler

        super().__init__(pipeline, max_vectors)
        # The checkpoint's scheduler takes larger steps; this one has the same noise and target.
        self.scheduler: Any = DDPMScheduler.from_config(pipeline.scheduler.config)

    def encode_tokens(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encode token ids; all vectors are present, padding included."""
        return self.text_encoder(input_ids=ids).last_hidden_state, torch.ones_like(mask)

    @torch.no_grad()
    def encode_outputs(self, examples: Sequence[tuple[WorldMedia, str]]) -> Tensor:
        """Encode images as latents of the VAE."""
        pipeline = self.pipeline
        pictures = np.stack(
            [content.pixels for content, _ in examples if isinstance(content, Scene)]
        )
        pixels = torch.from_numpy(pictures).to(pipeline.vae.device).movedim(-1, 1).float()
        side = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
        scaled = functional.interpolate(
            pixels / 127.5 - 1, (side, side), mode="bilinear", antialias=True
        )
        latents = pipeline.vae.encode(scaled).latent_dist.mode()
        return latents * pipeline.vae.config.scaling_factor

    def denoising_loss(self, outputs: Tensor, vectors: Tensor, mask: Tensor) -> Tensor:
        last = self.scheduler.config.num_train_timesteps
        times = torch.randint(last, (len(outputs),)).to(outputs.device)
        noise = torch.randn(outputs.shape).to(outputs)
        noisy = self.scheduler.add_noise(outputs, noise, times)
        prediction = self.pipeline.unet(noisy, times, encoder_hidden_states=vectors).sample
        error = prediction.float() - self._prediction_target(outputs, noise, times)
        return error.square().mean()

    def _prediction_target(self, outputs: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        """Return the target of the checkpoint's prediction type."""
        prediction_type = self.scheduler.config.prediction_type
        if prediction_type == "v_prediction":
            return self.scheduler.get_velocity(outputs, noise, times)
        return outputs if prediction_type == "sample" else noise
