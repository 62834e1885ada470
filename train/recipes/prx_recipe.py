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

MIN_TIME = 0.05
"""Lower bound of the time in divisions, in the sampler and in the loss."""
TEXT_DROPOUT = 0.1
"""Share of sheets trained without their sentence, for classifier-free guidance."""
STEPS = 16
GUIDANCE = 3.0
PARTS = ("transformer", "text_encoder")
"""The parts of a pipeline that are trained and shipped."""
HEAD_WIDTH = 32
"""Width of an attention head of the text encoder."""


@dataclass(frozen=True)
class PipelineShape:
    """The dimensions of a pipeline."""

    channels: int
    rows: int
    patch: int
    width: int
    depth: int
    text_width: int
    text_inner: int
    text_depth: int
    max_tokens: int
    """Maximum tokens in a sentence."""
    shift: float
    """Time shift of the sampler; larger values spend more steps at high noise."""
    features: int = 0
    """Features of a language model that the text encoder reads instead of tokens, if not 0."""


class FlowOutput(NamedTuple):
    """The transformer's output for noisy sheets."""

    loss: Tensor
    """The flow matching loss of the predicted clean sheets."""
    hidden_states: Tensor
    """(B, patches, width): the hidden states at half depth."""


class PrxRecipe(Recipe[Batch]):
    """Train a pipeline; subclasses define its sheets and auxiliary losses."""

    network: nn.ModuleDict
    pipeline: PRXPixelPipeline
    """Set by `build`, from `make_pipeline`."""
    noises_per_sheet: int
    """Noise samples per sheet in a batch: the sheet and its text are encoded once."""
    time_shift: float
    """Shift of the training times towards noise."""

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(self, is_layer_matrix)

    def make_pipeline(
        self, shape: PipelineShape, tokenizer: PreTrainedTokenizerFast
    ) -> PRXPixelPipeline:
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
                vocab_size=shape.features or len(tokenizer),
                d_model=shape.text_width,
                d_kv=HEAD_WIDTH,
                num_heads=shape.text_width // HEAD_WIDTH,
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
            prompt_max_tokens=shape.max_tokens,
            noise_scale=1.0,
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def predict_sheets(self, clean: Tensor, text: Tensor, mask: Tensor) -> FlowOutput:
        """Predict each clean sheet under several noises, conditioned on its sentence."""
        clean = clean.repeat(self.noises_per_sheet, 1, 1, 1)
        times = self._sample_times(len(clean))
        mix = times[:, None, None, None]
        noise = torch.randn(clean.shape).to(self.device)
        transformer = self.network["transformer"]
        hidden_states: list[Tensor] = []
        hook = transformer.blocks[len(transformer.blocks) // 2].register_forward_hook(
            lambda block, inputs, output: hidden_states.append(output)
        )
        prediction = transformer(
            (1 - mix) * clean + mix * noise,
            times,
            text.repeat(self.noises_per_sheet, 1, 1),
            mask.repeat(self.noises_per_sheet, 1),
            return_dict=False,
        )[0]
        hook.remove()
        losses = (prediction.float() - clean).square().mean(dim=(1, 2, 3))
        return FlowOutput((losses / times.clamp(min=MIN_TIME).square()).mean(), hidden_states[0])

    def _sample_times(self, count: int) -> Tensor:
        """Sample times stratified, to reduce the variance between batches."""
        share = (torch.randperm(count) + torch.rand(count)) / count
        normal = torch.special.ndtri(share.clamp(1e-4, 1 - 1e-4))
        return torch.sigmoid(normal + self.time_shift).to(self.device)

    def ship(self, folder: Path) -> None:
        half_pipeline = copy.deepcopy(self.pipeline)
        for name in PARTS:
            getattr(half_pipeline, name).half()
        half_pipeline.save_pretrained(folder)

    def load_weights(self, folder: Path) -> None:
        shipped = type(self.pipeline).from_pretrained(folder, dtype=torch.float32)
        self.pipeline.register_modules(tokenizer=shipped.tokenizer)
        for name in PARTS:
            self.network[name].load_state_dict(getattr(shipped, name).state_dict())


def is_layer_matrix(name: str) -> bool:
    """Return whether the weight of this name is a matrix for Muon."""
    return "block" in name and "modulation" not in name and "relative" not in name


def pool_text(text: Tensor, mask: Tensor) -> Tensor:
    """Pool a sentence: the masked mean of its token states."""
    weights = mask[..., None]
    return (text * weights).sum(dim=1) / weights.sum(dim=1)
