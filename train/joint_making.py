"""What a generator would be told by words, and how well it makes what it is told by vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from agent.joint.shape import Generator, Medium
from evals.world import Film, Sound
from evals.world.dialogues import Shown
from evals.world.reading import read_sentence
from tools.adapters.pipeline import Pipeline
from tools.cards import Catalogue
from tools.film_sheet import to_sheet as to_film_sheet
from tools.scene_sheet import to_sheet as to_scene_sheet
from tools.sources import fetch
from train.draw import Draw
from train.film import FilmRecipe
from train.film import layers_of as layers_of_film
from train.flow import FlowRecipe
from train.prx import LEAST_TIME
from train.scene_layers import layers_of as layers_of_scene
from train.sound import Sound as SoundRecipe
from train.sound import sheet_of

RECIPES: dict[Medium, type[FlowRecipe]] = {
    "image": Draw, "video": FilmRecipe, "audio": SoundRecipe
}  # fmt: skip


class Maker:
    """A generator, frozen, seen from its text encoder's side."""

    def __init__(self, medium: Medium, pipeline: Any, longest: int) -> None:
        self.pipeline = pipeline
        self.longest = longest
        self.harder = RECIPES[medium].harder
        for part in (pipeline.transformer, pipeline.text_encoder):
            part.eval().requires_grad_(False)
        self.text_encoder = pipeline.text_encoder
        self.transformer = pipeline.transformer

    @classmethod
    def open(cls, medium: Medium, generator: Generator) -> Self:
        card = Catalogue.load()[generator.card]
        opened = Pipeline.open(fetch(card), card.settings, "cpu")
        return cls(medium, opened.pipeline, generator.longest)

    @torch.no_grad()
    def told(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """What its text encoder makes of words: (N, longest, width), and where there is any."""
        read = self.pipeline.tokenizer(
            list(texts),
            padding="max_length",
            max_length=self.longest,
            truncation=True,
            return_tensors="pt",
        )
        there = read.attention_mask.bool()
        vectors = self.text_encoder(input_ids=read.input_ids, attention_mask=there)
        return vectors.last_hidden_state, there

    def sheets(self, made: Sequence[tuple[Shown, str]]) -> Tensor:
        """What it is to draw: (N, channels, rows, columns)."""
        return torch.from_numpy(np.stack([_sheet(each, said) for each, said in made]))

    def wrong(self, sheets: Tensor, vectors: Tensor, there: Tensor) -> Tensor:
        """The loss of flow matching when it is told these vectors (train/prx.py)."""
        times = torch.sigmoid(torch.randn(len(sheets)) + self.harder)
        mix = times[:, None, None, None]
        noisy = (1 - mix) * sheets + mix * torch.randn_like(sheets)
        drawn = self.transformer(noisy, times, vectors, there, return_dict=False)[0]
        missed = (drawn.float() - sheets).square().mean(dim=(1, 2, 3))
        return (missed / times.clamp(min=LEAST_TIME).square()).mean()


def _sheet(made: Shown, said: str) -> np.ndarray:
    if isinstance(made, Sound):
        return sheet_of(made.samples)
    if isinstance(made, Film):
        return to_film_sheet(layers_of_film(made))
    return to_scene_sheet(layers_of_scene(made, read_sentence(said).counts))
