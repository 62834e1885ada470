"""Words → numbers on a sheet, a picture or any other: PRXPixel of diffusers in small.

The transformer cuts the sheet into square patches, predicts the clean sheet, and needs no
autoencoder (https://huggingface.co/papers/2511.13720 says why); the loss is that of flow matching.
A T5 encoder learns to read at the same time.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from train.loop.optimizers import muon_and_adamw
from train.loop.recipe import Batch, Recipe

if TYPE_CHECKING:
    from diffusers import PRXPixelPipeline
    from transformers import PreTrainedTokenizerFast

LEAST_TIME = 0.05
"""Where the sampler stops dividing by the time, so the loss does too."""
UNTOLD = 0.1
"""How many sheets come without their sentence, for guidance."""
STEPS = 16
GUIDANCE = 3.0
PARTS = ("transformer", "text_encoder")
"""What is trained of a pipeline, and ships."""
HEAD = 32
"""Numbers in a head of the text encoder."""


@dataclass(frozen=True)
class Shape:
    """How large a pipeline is."""

    channels: int
    rows: int
    patch: int
    width: int
    depth: int
    text_width: int
    text_inner: int
    text_depth: int
    longest: int
    """Words in a sentence."""
    shift: float
    """How much longer the sampler stays where there is much noise."""


class Seen(NamedTuple):
    """What the transformer made of noisy sheets."""

    wrong: Tensor
    """How far its clean sheets are from the true ones."""
    halfway: Tensor
    """(B, patches, width): what it knew in the middle of its depth."""


class PrxRecipe(Recipe[Batch]):
    """Trains a pipeline; recipes say what is on its sheets and what else its parts must tell."""

    network: nn.ModuleDict
    pipeline: PRXPixelPipeline
    """Set by `build`, of what `make_pipeline` gave."""
    looks: int
    """How often each sheet is in its batch, under different noise: making and reading it costs
    once."""
    harder: float
    """Moves the times that are trained towards noise."""

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(self, within_layers)

    def make_pipeline(self, shape: Shape, tokenizer: PreTrainedTokenizerFast) -> PRXPixelPipeline:
        """An untrained pipeline that reads with that tokenizer."""
        from diffusers import (
            FlowMatchEulerDiscreteScheduler,
            PRXPixelPipeline,
            PRXTransformer2DModel,
        )
        from transformers import T5Config, T5EncoderModel

        transformer = PRXTransformer2DModel(
            in_channels=shape.channels,
            patch_size=shape.patch,
            context_in_dim=shape.text_width,
            hidden_size=shape.width,
            mlp_ratio=8 / 3,
            num_heads=shape.width // 64,
            depth=shape.depth,
            axes_dim=[32, 32],
            theta=100,
        )
        if self.device.type == "cpu":
            # For so few tokens plain products are faster: 15 against 19 ms a picture.
            transformer.set_attention_backend("_native_math")
        text_encoder = T5EncoderModel(
            T5Config(
                vocab_size=len(tokenizer),
                d_model=shape.text_width,
                d_kv=HEAD,
                num_heads=shape.text_width // HEAD,
                d_ff=shape.text_inner,
                num_layers=shape.text_depth,
                feed_forward_proj="relu",
                dropout_rate=0.0,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        pipeline = PRXPixelPipeline(
            transformer=transformer,
            scheduler=FlowMatchEulerDiscreteScheduler(shift=shape.shift),
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            default_sample_size=shape.rows,
            prompt_max_tokens=shape.longest,
            noise_scale=1.0,
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def look(self, clean: Tensor, text: Tensor, spoken: Tensor) -> Seen:
        """What the transformer sees in each sheet under `looks` noises, told its sentence."""
        clean = clean.repeat(self.looks, 1, 1, 1)
        times = self._times(len(clean))
        mix = times[:, None, None, None]
        noise = torch.randn(clean.shape).to(self.device)
        transformer = self.network["transformer"]
        halfway: list[Tensor] = []
        watch = transformer.blocks[len(transformer.blocks) // 2].register_forward_hook(
            lambda block, given, made: halfway.append(made)
        )
        drawn = transformer(
            (1 - mix) * clean + mix * noise,
            times,
            text.repeat(self.looks, 1, 1),
            spoken.repeat(self.looks, 1),
            return_dict=False,
        )[0]
        watch.remove()
        wrong = (drawn.float() - clean).square().mean(dim=(1, 2, 3))
        return Seen((wrong / times.clamp(min=LEAST_TIME).square()).mean(), halfway[0])

    def _times(self, amount: int) -> Tensor:
        """One time from each of as many equal parts: less chance between batches."""
        share = (torch.randperm(amount) + torch.rand(amount)) / amount
        normal = torch.special.ndtri(share.clamp(1e-4, 1 - 1e-4))
        return torch.sigmoid(normal + self.harder).to(self.device)

    def ship(self, folder: Path) -> None:
        half = copy.deepcopy(self.pipeline)
        for name in PARTS:
            getattr(half, name).half()
        half.save_pretrained(folder)

    def load_weights(self, folder: Path) -> None:
        shipped = type(self.pipeline).from_pretrained(folder, dtype=torch.float32)
        self.pipeline.register_modules(tokenizer=shipped.tokenizer)
        for name in PARTS:
            self.network[name].load_state_dict(getattr(shipped, name).state_dict())


def within_layers(name: str) -> bool:
    """Whether a weight of this name is a matrix that Muon shall train."""
    return "block" in name and "modulation" not in name and "relative" not in name


def read_whole(text: Tensor, spoken: Tensor) -> Tensor:
    """What a sentence says as a whole: the mean of what its words say."""
    there = spoken[..., None]
    return (text * there).sum(dim=1) / there.sum(dim=1)
