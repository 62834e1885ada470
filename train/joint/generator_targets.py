"""Training targets from frozen generators: text conditioning and the denoising loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from agent.joint.joint_config import GeneratorConfig, Medium
from evals.user_catalogue import user_catalogue
from evals.world import Film, Scene, Sound
from evals.world.dialogue.dialogues import WorldMedia
from evals.world.images.scene_claims import read_sentence
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.errors import BadArgument
from tools.models.download import fetch
from tools.sprites.scene_sheet import to_sheet as to_scene_sheet
from tools.sprites.video_sheet import to_sheet as to_film_sheet
from train.recipes.draw_recipe import DrawRecipe
from train.recipes.film_recipe import FilmRecipe
from train.recipes.film_recipe import film_to_layers as layers_of_film
from train.recipes.flow_recipe import FlowRecipe
from train.recipes.prx_recipe import MIN_TIME
from train.recipes.scene_truth import scene_to_layers as layers_of_scene
from train.recipes.sound_recipe import SoundRecipe as SoundRecipe
from train.recipes.sound_recipe import spectrogram_sheet

RECIPES: dict[Medium, type[FlowRecipe]] = {
    "image": DrawRecipe, "video": FilmRecipe, "audio": SoundRecipe
}  # fmt: skip


class FrozenGenerator(ABC):
    """A frozen generator that gives targets for an output connector."""

    parts: Sequence[str]
    """The names of its networks."""

    def __init__(self, pipeline: Any, max_vectors: int) -> None:
        self.pipeline = pipeline
        self.max_vectors = max_vectors
        for part in self.parts:
            getattr(pipeline, part).eval().requires_grad_(False)
        self.text_encoder = pipeline.text_encoder

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Encode texts: vectors (N, max_vectors, width) and their mask (N, max_vectors)."""
        tokens = self.pipeline.tokenizer(
            list(texts),
            padding="max_length",
            max_length=self.max_vectors,
            truncation=True,
            return_tensors="pt",
        ).to(self.text_encoder.device)
        return self.encode_tokens(tokens.input_ids, tokens.attention_mask.bool())

    def encode_tokens(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encode token ids: their vectors and mask."""
        return self.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state, mask

    @abstractmethod
    def encode_outputs(self, examples: Sequence[tuple[WorldMedia, str]]) -> Tensor:
        """Convert examples to the generator's output: (N, channels, rows, columns)."""

    @abstractmethod
    def denoising_loss(self, outputs: Tensor, vectors: Tensor, mask: Tensor) -> Tensor:
        """Compute the generator's own loss, conditioned on these vectors."""


class FlowGenerator(FrozenGenerator):
    """A small generator trained by flow matching (train/recipes/prx_recipe.py)."""

    parts = ("transformer", "text_encoder")

    def __init__(self, pipeline: Any, max_vectors: int, medium: Medium) -> None:
        super().__init__(pipeline, max_vectors)
        self.harder = RECIPES[medium].time_shift

    def encode_outputs(self, examples: Sequence[tuple[WorldMedia, str]]) -> Tensor:
        return torch.from_numpy(
            np.stack([_output(content, answer) for content, answer in examples])
        )

    def denoising_loss(self, outputs: Tensor, vectors: Tensor, mask: Tensor) -> Tensor:
        times = torch.sigmoid(torch.randn(len(outputs)) + self.harder).to(outputs.device)
        mix = times[:, None, None, None]
        noisy = (1 - mix) * outputs + mix * torch.randn_like(outputs)
        prediction = self.pipeline.transformer(noisy, times, vectors, mask, return_dict=False)[0]
        squared_error = (prediction.float() - outputs).square().mean(dim=(1, 2, 3))
        return (squared_error / times.clamp(min=MIN_TIME).square()).mean()


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


def _output(content: WorldMedia, answer: str) -> np.ndarray:
    if isinstance(content, Sound):
        return spectrogram_sheet(content.samples)
    if isinstance(content, Film):
        return to_film_sheet(layers_of_film(content))
    return to_scene_sheet(layers_of_scene(content, read_sentence(answer).counts))


def open_generator(
    medium: Medium, generator: GeneratorConfig, device: str = "cpu"
) -> FrozenGenerator:
    """Open the frozen generator of a card."""
    from diffusers import PRXPixelPipeline, StableDiffusionPipeline

    card = user_catalogue()[generator.card]
    exact = {**card.settings, "dtype": "float32"}
    pipeline = Pipeline.open(fetch(card), exact, device).pipeline
    if isinstance(pipeline, PRXPixelPipeline):
        return FlowGenerator(pipeline, generator.max_vectors, medium)
    if isinstance(pipeline, StableDiffusionPipeline):
        return StableDiffusionGenerator(pipeline, generator.max_vectors)
    raise BadArgument(
        f"a joint model cannot learn from {generator.card!r}, a {type(pipeline).__name__}; "
        "allowed: PRXPixelPipeline, StableDiffusionPipeline",
        hint="name another card in the shape of the joint model",
    )
