"""Training targets from frozen generators: text conditioning and the denoising loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agent.joint.joint_config import Generator, Medium
from evals.world import Film, Sound
from evals.world.dialogue.dialogues import Shown
from evals.world.images.scene_claims import read_sentence
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.errors import BadArgument
from tools.models.catalogue import Catalogue
from tools.models.download import fetch
from tools.sprites.scene_sheet import to_sheet as to_scene_sheet
from tools.sprites.video_sheet import to_sheet as to_film_sheet
from train.recipes.draw_recipe import Draw
from train.recipes.film_recipe import FilmRecipe
from train.recipes.film_recipe import layers_of as layers_of_film
from train.recipes.flow_recipe import FlowRecipe
from train.recipes.prx_recipe import LEAST_TIME
from train.recipes.scene_truth import layers_of as layers_of_scene
from train.recipes.sound_recipe import Sound as SoundRecipe
from train.recipes.sound_recipe import sheet_of

RECIPES: dict[Medium, type[FlowRecipe]] = {
    "image": Draw, "video": FilmRecipe, "audio": SoundRecipe
}  # fmt: skip


class Maker(ABC):
    """A frozen generator that gives targets for an output connector."""

    parts: Sequence[str]
    """The names of its networks."""

    def __init__(self, pipeline: Any, longest: int) -> None:
        self.pipeline = pipeline
        self.longest = longest
        for part in self.parts:
            getattr(pipeline, part).eval().requires_grad_(False)
        self.text_encoder = pipeline.text_encoder

    @torch.no_grad()
    def told(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Encode texts: vectors (N, longest, width) and their mask (N, longest)."""
        read = self.pipeline.tokenizer(
            list(texts),
            padding="max_length",
            max_length=self.longest,
            truncation=True,
            return_tensors="pt",
        ).to(self.text_encoder.device)
        return self.read(read.input_ids, read.attention_mask.bool())

    def read(self, ids: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Encode token ids: their vectors and mask."""
        return self.text_encoder(input_ids=ids, attention_mask=there).last_hidden_state, there

    @abstractmethod
    def sheets(self, made: Sequence[tuple[Shown, str]]) -> Tensor:
        """Convert examples to the generator's output: (N, channels, rows, columns)."""

    @abstractmethod
    def wrong(self, sheets: Tensor, vectors: Tensor, there: Tensor) -> Tensor:
        """Compute the generator's own loss, conditioned on these vectors."""


class FlowMaker(Maker):
    """A small generator trained by flow matching (train/recipes/prx_recipe.py)."""

    parts = ("transformer", "text_encoder")

    def __init__(self, pipeline: Any, longest: int, medium: Medium) -> None:
        super().__init__(pipeline, longest)
        self.harder = RECIPES[medium].harder

    def sheets(self, made: Sequence[tuple[Shown, str]]) -> Tensor:
        return torch.from_numpy(np.stack([_sheet(each, said) for each, said in made]))

    def wrong(self, sheets: Tensor, vectors: Tensor, there: Tensor) -> Tensor:
        times = torch.sigmoid(torch.randn(len(sheets)) + self.harder).to(sheets.device)
        mix = times[:, None, None, None]
        noisy = (1 - mix) * sheets + mix * torch.randn_like(sheets)
        drawn = self.pipeline.transformer(noisy, times, vectors, there, return_dict=False)[0]
        missed = (drawn.float() - sheets).square().mean(dim=(1, 2, 3))
        return (missed / times.clamp(min=LEAST_TIME).square()).mean()


def _sheet(made: Shown, said: str) -> np.ndarray:
    if isinstance(made, Sound):
        return sheet_of(made.samples)
    if isinstance(made, Film):
        return to_film_sheet(layers_of_film(made))
    return to_scene_sheet(layers_of_scene(made, read_sentence(said).counts))


def open_maker(medium: Medium, generator: Generator, device: str = "cpu") -> Maker:
    """Open the frozen generator of a card."""
    from diffusers import PRXPixelPipeline, StableDiffusionPipeline

    from train.joint.noise_targets import NoiseMaker

    card = Catalogue.load()[generator.card]
    exact = {**card.settings, "dtype": "float32"}
    pipeline = Pipeline.open(fetch(card), exact, device).pipeline
    if isinstance(pipeline, PRXPixelPipeline):
        return FlowMaker(pipeline, generator.longest, medium)
    if isinstance(pipeline, StableDiffusionPipeline):
        return NoiseMaker(pipeline, generator.longest)
    raise BadArgument(
        f"a joint model cannot learn from {generator.card!r}, a {type(pipeline).__name__}; "
        "allowed: PRXPixelPipeline, StableDiffusionPipeline",
        hint="name another card in the shape of the joint model",
    )
