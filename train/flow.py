"""Words → a sheet of numbers, by flow matching: what the makers of sounds and films share.

The transformer is that of PRXPixel in diffusers: it cuts the sheet into square patches, predicts
the clean sheet, and needs no autoencoder (https://huggingface.co/papers/2511.13720). A T5 encoder
learns to read at the same time.

Two more losses teach both parts sooner than the sheets alone do: the read sentence must tell what
it asks for, and so must the patches halfway up, which where they see little but noise learn to look
at the sentence. The heads that tell do not ship.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from train.broken_words import read_brokenly
from train.muon import muon_and_adamw
from train.recipe import Recipe
from train.words import piece_tokenizer

if TYPE_CHECKING:
    from diffusers import PRXPixelPipeline, PRXTransformer2DModel

LOOKS = 4
"""How often each sheet is in its batch, under different noise: making and reading it costs once."""
READINGS = 3
"""How many more sentences are read for each with a sheet: one learns to read without sheets too."""
LEAST_TIME = 0.05
"""Where the sampler stops dividing by the time, so the loss does too."""
FURTHER = 10_000_000
"""From where on the things are numbered that are only spoken of."""
UNTOLD = 0.1
"""How many sheets come without their sentence, for guidance."""
TEXT_WIDTH = 128
ASKED, SHOWN = 0.02, 0.02
"""How much telling what is asked for counts beside the sheet: for the sentence, for the patches."""
STEPS = 16
GUIDANCE = 3.0
PARTS = ("transformer", "text_encoder")
"""What ships."""


class Sheets(NamedTuple):
    """Sheets with what is said of them and what is true of them."""

    values: Tensor
    """(B, channels, rows, columns), from -1 to 1."""
    words: Tensor
    """(T, W): the parts of words, first of the sentences about the sheets, then of more."""
    spoken: Tensor
    """(T, W): where there is one."""
    told: Tensor
    """(T): whether there is a sentence at all."""
    labels: Tensor
    """(T, labels): 1 where one is true."""


class Reading(NamedTuple):
    """Sentences, and what is true where they are said."""

    texts: Sequence[str]
    labels: Tensor
    """(texts, labels): 1 where one is true."""


class FlowRecipe(Recipe[Sheets]):
    """A maker of sheets from sentences; recipes say what is on them."""

    network: nn.ModuleDict
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
    """Parts of words in a sentence."""
    pieces: int
    """Parts of words that are known."""
    harder = 0.8
    """Moves the times that are trained towards noise."""
    width = 192
    depth = 4
    studied = 512
    """Things for whose patches the network is prepared before it begins."""

    @abstractmethod
    def sentences(self) -> Iterable[str]:
        """Enough sentences for every word to have been said."""

    @abstractmethod
    def values(self, first: int, count: int) -> Tensor:
        """The things numbered from `first`, as sheets."""

    @abstractmethod
    def reading(self, first: int, count: int) -> Reading:
        """A sentence about each of these things."""

    def build(self) -> nn.Module:
        from diffusers import (
            FlowMatchEulerDiscreteScheduler,
            PRXPixelPipeline,
            PRXTransformer2DModel,
        )
        from transformers import T5Config, T5EncoderModel

        tokenizer = piece_tokenizer(self.sentences(), self.longest, self.pieces)
        transformer = PRXTransformer2DModel(
            in_channels=self.channels,
            patch_size=self.patch,
            context_in_dim=TEXT_WIDTH,
            hidden_size=self.width,
            mlp_ratio=8 / 3,
            num_heads=self.width // 64,
            depth=self.depth,
            axes_dim=[32, 32],
            theta=100,
        )
        if self.device.type == "cpu":
            # For so few tokens plain products are faster than the fused kernel.
            transformer.set_attention_backend("_native_math")
        self._prepare(transformer)
        text_encoder = T5EncoderModel(
            T5Config(
                vocab_size=len(tokenizer),
                d_model=TEXT_WIDTH,
                d_kv=32,
                num_heads=4,
                d_ff=2 * TEXT_WIDTH,
                num_layers=2,
                feed_forward_proj="relu",
                dropout_rate=0.0,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        self.pipeline: PRXPixelPipeline = PRXPixelPipeline(
            transformer=transformer,
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            default_sample_size=self.rows,
            prompt_max_tokens=self.longest,
            noise_scale=1.0,
        )
        self.pipeline.set_progress_bar_config(disable=True)
        heads = {
            "asked": nn.Linear(TEXT_WIDTH, self.labels),
            "shown": nn.Linear(self.width, self.labels),
        }
        for head in heads.values():
            # Most labels are not true of most things.
            nn.init.constant_(head.bias, -4)
        return nn.ModuleDict({"transformer": transformer, "text_encoder": text_encoder, **heads})

    @torch.no_grad()
    def _prepare(self, transformer: PRXTransformer2DModel) -> None:
        """Let it see patches, and draw them, in the directions in which they differ most.

        So it need not find out first what patches look like at all.
        """
        patches = functional.unfold(self.values(0, self.studied), self.patch, stride=self.patch)
        seen = patches.transpose(1, 2).flatten(0, 1)
        middle = seen.mean(dim=0)
        away = seen - middle
        # Sorted from the smallest to the largest.
        directions = torch.linalg.eigh(away.T @ away).eigenvectors.flip(1)[:, : self.width]
        number = directions.shape[1]
        transformer.img_in.weight[:number] = directions.T
        transformer.final_layer.linear.weight[:, :number] = directions / 2
        transformer.final_layer.linear.bias.copy_(middle)

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(
            self,
            lambda name: "block" in name and "modulation" not in name and "relative" not in name,
        )

    def batch(self, number: int) -> Sheets:
        amount = self.batch_size // LOOKS
        # Numbers far from any batch's: sentences about things that are not drawn.
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
        values = sheets.values.repeat(LOOKS, 1, 1, 1)
        times = self._times(len(values))
        mix = times[:, None, None, None]
        halfway: list[Tensor] = []
        watch = (
            self.network["transformer"]
            .blocks[self.depth // 2]
            .register_forward_hook(lambda block, given, made: halfway.append(made))
        )
        drawn = self.network["transformer"](
            (1 - mix) * values + mix * torch.randn(values.shape).to(self.device),
            times,
            text[:amount].repeat(LOOKS, 1, 1),
            sheets.spoken[:amount].repeat(LOOKS, 1),
            return_dict=False,
        )[0]
        watch.remove()
        wrong = (drawn.float() - values).square().mean(dim=(1, 2, 3))
        painted = (wrong / times.clamp(min=LEAST_TIME).square()).mean()

        spoken = sheets.spoken[..., None]
        read = self.network["asked"]((text * spoken).sum(dim=1) / spoken.sum(dim=1))
        seen = self.network["shown"](halfway[0].mean(dim=1))
        told = sheets.told[:amount].repeat(LOOKS)
        return (
            painted
            + ASKED * _untold(read, sheets.labels, sheets.told)
            + SHOWN * _untold(seen, sheets.labels[:amount].repeat(LOOKS, 1), told)
        )

    def _times(self, amount: int) -> Tensor:
        """One time from each of as many equal parts: less chance between batches."""
        share = (torch.randperm(amount) + torch.rand(amount)) / amount
        normal = torch.special.ndtri(share.clamp(1e-4, 1 - 1e-4))
        return torch.sigmoid(normal + self.harder).to(self.device)

    def sheet_for(self, text: str, seed: int) -> Tensor:
        """What the network makes of a sentence now: (channels, rows, columns)."""
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

    def ship(self, folder: Path) -> None:
        half = copy.deepcopy(self.pipeline)
        for name in PARTS:
            getattr(half, name).half()
        half.save_pretrained(folder)

    def take(self, folder: Path) -> None:
        shipped = type(self.pipeline).from_pretrained(folder, dtype=torch.float32)
        self.pipeline.register_modules(tokenizer=shipped.tokenizer)
        for name in PARTS:
            self.network[name].load_state_dict(getattr(shipped, name).state_dict())


def _untold(answers: Tensor, labels: Tensor, told: Tensor) -> Tensor:
    """How wrong answers are about labels, where there is a sentence."""
    wrong = functional.binary_cross_entropy_with_logits(answers.float(), labels, reduction="none")
    return (wrong.sum(dim=1) * told).mean()
