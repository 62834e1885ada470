"""Shared recipe of the generators: sheets conditioned on sentences, with label losses.

Two auxiliary losses train both parts of the pipeline faster than the sheets alone: labels are
predicted from the pooled sentence, and from the hidden patches at half depth, which learn to attend
to the sentence where the input is mostly noise. The label heads do not ship.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from train.loop.optimizers import muon_and_adamw
from train.recipes.piece_tokenizer import piece_tokenizer
from train.recipes.prx_recipe import (
    GUIDANCE,
    PARTS,
    STEPS,
    UNTOLD,
    PrxRecipe,
    Shape,
    read_whole,
    within_layers,
)
from train.recipes.subword_noise import read_brokenly

if TYPE_CHECKING:
    from diffusers import PRXTransformer2DModel

READINGS = 3
"""Extra sentences per sentence with a sheet: the label loss needs no sheet."""
FURTHER = 10_000_000
"""First sample number of the extra sentences."""
PREPARED = 0.1
"""Learning rate of the PCA-initialized layers relative to the others."""
ASKED, SHOWN = 0.02, 0.02
"""Weights of the label losses beside the flow loss: of the sentence, of the patches."""


class Sheets(NamedTuple):
    """Sheets with their sentences and labels."""

    values: Tensor
    """(B, channels, rows, columns), from -1 to 1."""
    words: Tensor
    """(T, W): subword tokens, first of the sentences about the sheets, then of the extra ones."""
    spoken: Tensor
    """(T, W): the attention mask."""
    told: Tensor
    """(T): whether there is a sentence."""
    labels: Tensor
    """(T, labels): 1 where a label is true."""


class Reading(NamedTuple):
    """Sentences with their labels."""

    texts: Sequence[str]
    labels: Tensor
    """(texts, labels): 1 where a label is true."""


class FlowRecipe(PrxRecipe[Sheets]):
    """A flow matching generator of sheets from sentences."""

    batch_size = 64
    learning_rate = 3e-3
    warmup_steps = 60
    averaging = 0.99
    channels: int
    rows: int
    columns: int
    patch: int
    labels: int
    longest: int
    """Maximum subword tokens in a sentence."""
    pieces: int
    """Subwords in the vocabulary."""
    looks = 4
    harder = 0.8
    shift = 3.0
    """Time shift of the sampler; larger values spend more steps at high noise."""
    width = 192
    depth = 4
    text_width = 128
    text_depth = 2
    studied = 512
    """Samples whose patches initialize the input and output layers."""

    @abstractmethod
    def sentences(self) -> Iterable[str]:
        """Return enough sentences for every word to occur."""

    @abstractmethod
    def values(self, first: int, count: int) -> Tensor:
        """Return the samples numbered from `first` as sheets."""

    @abstractmethod
    def reading(self, first: int, count: int) -> Reading:
        """Return a sentence about each of these samples."""

    def build(self) -> nn.Module:
        tokenizer = piece_tokenizer(self.sentences(), self.longest, self.pieces)
        shape = Shape(
            channels=self.channels,
            rows=self.rows,
            patch=self.patch,
            width=self.width,
            depth=self.depth,
            text_width=self.text_width,
            text_inner=2 * self.text_width,
            text_depth=self.text_depth,
            longest=self.longest,
            shift=self.shift,
        )
        self.pipeline = self.make_pipeline(shape, tokenizer)
        self._prepare(self.pipeline.transformer)
        heads = {
            "asked": nn.Linear(self.text_width, self.labels),
            "shown": nn.Linear(self.width, self.labels),
        }
        for head in heads.values():
            # Most labels are false for most samples.
            nn.init.constant_(head.bias, -4)
        parts = {name: getattr(self.pipeline, name) for name in PARTS}
        return nn.ModuleDict({**parts, **heads})

    @torch.no_grad()
    def _prepare(self, transformer: PRXTransformer2DModel) -> None:
        """Initialize the input and output layers with the patches' principal components."""
        patches = functional.unfold(self.values(0, self.studied), self.patch, stride=self.patch)
        seen = patches.transpose(1, 2).flatten(0, 1)
        middle = seen.mean(dim=0)
        number = min(self.width, *seen.shape)
        directions = torch.svd_lowrank(seen - middle, number)[2]
        transformer.img_in.weight[:number] = directions.T
        transformer.final_layer.linear.weight[:, :number] = directions / 2
        transformer.final_layer.linear.bias.copy_(middle)

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        transformer = self.pipeline.transformer
        prepared = [
            transformer.img_in.weight,
            transformer.final_layer.linear.weight,
            transformer.final_layer.linear.bias,
        ]
        slow = torch.optim.AdamW(
            prepared,
            lr=PREPARED * self.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=0.0,
            fused=True,
        )
        return [*muon_and_adamw(self, within_layers, prepared), slow]

    def batch(self, number: int) -> Sheets:
        amount = self.batch_size // self.looks
        # Sample numbers beyond those of any batch: sentences without a sheet.
        more = FURTHER + number * amount * READINGS
        about, others = (
            self.reading(number * amount, amount),
            self.reading(more, amount * READINGS),
        )
        chance = np.random.default_rng((self.seed, number))
        texts = ["" if chance.random() < UNTOLD else text for text in (*about.texts, *others.texts)]
        words, spoken = read_brokenly(texts, self.pipeline.tokenizer, self.longest, chance)
        told = torch.tensor([bool(text) for text in texts])
        labels = torch.cat([about.labels, others.labels])
        return Sheets(self.values(number * amount, amount), words, spoken, told, labels)

    def loss(self, batch: Sheets) -> Tensor:
        sheets = Sheets(*(tensor.to(self.device) for tensor in batch))
        text = self.network["text_encoder"](
            input_ids=sheets.words, attention_mask=sheets.spoken
        ).last_hidden_state
        amount = len(sheets.values)
        about = slice(0, int(sheets.spoken[:amount].sum(dim=1).max()))
        seen = self.look(sheets.values, text[:amount, about], sheets.spoken[:amount, about])
        asked = self.network["asked"](read_whole(text, sheets.spoken))
        shown = self.network["shown"](seen.halfway.mean(dim=1))
        labels = sheets.labels[:amount].repeat(self.looks, 1)
        told = sheets.told[:amount].repeat(self.looks)
        return (
            seen.wrong
            + ASKED * _untold(asked, sheets.labels, sheets.told)
            + SHOWN * _untold(shown, labels, told)
        )

    def sheet_for(self, text: str, seed: int) -> Tensor:
        """Generate the sheet of a sentence: (channels, rows, columns)."""
        made = self.pipeline(
            text,
            height=self.rows,
            width=self.columns,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            generator=torch.Generator().manual_seed(seed),
            use_resolution_binning=False,
            output_type="latent",
        )
        return made.images[0]


def _untold(answers: Tensor, labels: Tensor, told: Tensor) -> Tensor:
    """Return the binary cross-entropy of the labels, where there is a sentence."""
    wrong = functional.binary_cross_entropy_with_logits(answers.float(), labels, reduction="none")
    return (wrong.sum(dim=1) * told).mean()
