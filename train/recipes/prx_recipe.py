"""Text → sheet of numbers, an image or any other: a small PRXPixel of diffusers.

The transformer cuts the sheet into square patches and predicts the clean sheet without an
autoencoder (https://huggingface.co/papers/2511.13720 says why). The loss is flow matching. A T5
text encoder is trained jointly.
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
"""Lower bound of the time in divisions, in the sampler and in the loss."""
UNTOLD = 0.1
"""Share of sheets trained without their sentence, for classifier-free guidance."""
STEPS = 16
GUIDANCE = 3.0
PARTS = ("transformer", "text_encoder")
"""The parts of a pipeline that are trained and shipped."""
HEAD = 32
"""Width of an attention head of the text encoder."""


@dataclass(frozen=True)
class Shape:
    """The dimensions of a pipeline."""

    channels: int
    rows: int
    patch: int
    width: int
    depth: int
    text_width: int
    text_inner: int
    text_depth: int
    longest: int
    """Maximum tokens in a sentence."""
    shift: float
    """Time shift of the sampler; larger values spend more steps at high noise."""


class Seen(NamedTuple):
    """The transformer's output for noisy sheets."""

    wrong: Tensor
    """The flow matching loss of the predicted clean sheets."""
    halfway: Tensor
    """(B, patches, width): the hidden states at half depth."""


class PrxRecipe(Recipe[Batch]):
    """Train a pipeline; subclasses define its sheets and auxiliary losses."""

    network: nn.ModuleDict
    pipeline: PRXPixelPipeline
    """Set by `build`, from `make_pipeline`."""
    looks: int
    """Noise samples per sheet in a batch: the sheet and its text are encoded once."""
    harder: float
    """Shift of the training times towards noise."""

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(self, within_layers)

    def make_pipeline(self, shape: Shape, tokenizer: PreTrainedTokenizerFast) -> PRXPixelPipeline:
        """Build an untrained pipeline with that tokenizer."""
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
            # For so few tokens plain matrix products are faster: 15 against 19 ms an image.
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
        """Predict each clean sheet under several noises, conditioned on its sentence."""
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
        """Sample times stratified, to reduce the variance between batches."""
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
    """Return whether the weight of this name is a matrix for Muon."""
    return "block" in name and "modulation" not in name and "relative" not in name


def read_whole(text: Tensor, spoken: Tensor) -> Tensor:
    """Pool a sentence: the masked mean of its token states."""
    there = spoken[..., None]
    return (text * there).sum(dim=1) / there.sum(dim=1)
