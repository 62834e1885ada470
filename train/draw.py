"""Text → picture: a pixel-space diffusion transformer, PRXPixel of diffusers in small.

The transformer sees a picture as 64 patches of 8×8 pixels and predicts the clean picture (x-prediction);
the loss is that of flow matching. https://huggingface.co/papers/2511.13720 says why this
suffices without an autoencoder. A T5 encoder of three layers learns to read at the same time.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from evals.world.scenes import scene_batch
from train.recipe import Recipe
from train.words import word_tokenizer

if TYPE_CHECKING:
    import PIL.Image
    from diffusers import PRXPixelPipeline

SIZE = 64
WORDS = 28
"""The longest sentence of the world has 27."""
STEPS = 16
GUIDANCE = 3.0
LEAST_TIME = 0.05
"""Where the sampler stops dividing by the time, so the loss does too."""
HARDER = 0.6
"""Moves the times that are trained towards noise: there is decided what stands where."""
UNTOLD = 0.1
"""How many pictures come without their sentence, for guidance."""
BLURRED = 0.1
"""How many sentences have unknown words put in, so that unknown words do no harm later."""
SHOWN = (
    "an apple",
    "draw six apples",
    "three dogs",
    "nine hearts on a blue background",
    "a cat to the left of a house",
    "two bananas above a car",
    "five bees",
    "a frog inside a red square",
    "a small owl in the top left corner",
    "half a dozen stars on a black background",
    "7 minus 3 pears",
    "a fish between a tree and a rocket",
)


class Pictures(NamedTuple):
    """Pictures with what is said of them."""

    pixels: Tensor
    """(B, 3, SIZE, SIZE), from -1 to 1."""
    words: Tensor
    """(B, WORDS)."""
    spoken: Tensor
    """(B, WORDS): where there is a word."""


class Draw(Recipe[Pictures]):
    """Draws a sentence of the sprite world as a picture of 64×64 pixels."""

    name = "draw"
    batch_size = 64
    learning_rate = 2e-3
    warmup_steps = 100
    averaging = 0.998
    width = 192
    depth = 8

    def build(self) -> nn.Module:
        from diffusers import (
            FlowMatchEulerDiscreteScheduler,
            PRXPixelPipeline,
            PRXTransformer2DModel,
        )
        from transformers import T5Config, T5EncoderModel

        tokenizer = word_tokenizer(WORDS)
        transformer = PRXTransformer2DModel(
            in_channels=3,
            patch_size=8,
            context_in_dim=192,
            hidden_size=self.width,
            mlp_ratio=8 / 3,
            num_heads=self.width // 64,
            depth=self.depth,
            axes_dim=[32, 32],
            theta=100,
        )
        nn.init.zeros_(transformer.final_layer.linear.weight)
        nn.init.zeros_(transformer.final_layer.linear.bias)
        text_encoder = T5EncoderModel(
            T5Config(
                vocab_size=len(tokenizer),
                d_model=192,
                d_kv=32,
                num_heads=6,
                d_ff=512,
                num_layers=3,
                feed_forward_proj="gated-gelu",
                dropout_rate=0.0,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        self.pipeline: PRXPixelPipeline = PRXPixelPipeline(
            transformer=transformer,
            scheduler=FlowMatchEulerDiscreteScheduler(shift=1.5),
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            default_sample_size=SIZE,
            prompt_max_tokens=WORDS,
            noise_scale=1.0,
        )
        return nn.ModuleDict({"transformer": transformer, "text_encoder": text_encoder})

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """Muon for the matrices within the layers, AdamW for everything else."""
        matrices: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, weight in self.network.named_parameters():
            inner = "block" in name and "modulation" not in name and "bias" not in name
            (matrices if weight.ndim == 2 and inner else others).append(weight)
        muon = torch.optim.Muon(
            matrices,
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
        return [muon, self.adamw(others)]

    def batch(self, number: int) -> Pictures:
        found = scene_batch(
            "train", self.seed, number * self.batch_size, self.batch_size, SIZE, "clear"
        )
        chance = np.random.default_rng((self.seed, number))
        texts = [self._heard(text, chance) for text in found.sentences]
        pixels = torch.from_numpy(found.pixels).permute(0, 3, 1, 2).contiguous()
        return Pictures(pixels.float() / 127.5 - 1, *self.read(texts))

    def _heard(self, text: str, chance: np.random.Generator) -> str:
        """The sentence; sometimes nothing, sometimes with words that nobody knows."""
        throw = chance.random()
        if throw < UNTOLD:
            return ""
        if throw > UNTOLD + BLURRED:
            return text
        words = text.split()
        for _ in range(chance.integers(1, 4)):
            words.insert(int(chance.integers(0, len(words) + 1)), "[UNK]")
        return " ".join(words)

    def read(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """The sentences as numbers of words, and where there are any."""
        found = self.pipeline.tokenizer(
            list(texts),
            padding="max_length",
            max_length=WORDS,
            truncation=True,
            return_tensors="pt",
        )
        return found["input_ids"], found["attention_mask"].bool()

    def loss(self, batch: Pictures) -> Tensor:
        pixels, words, spoken = (tensor.to(self.device) for tensor in batch)
        amount = len(pixels)
        # One time from each of as many equal parts: less chance between batches.
        share = (torch.arange(amount) + torch.rand(amount)) / amount
        times = torch.sigmoid(torch.special.ndtri(share.clamp(1e-4, 1 - 1e-4)) + HARDER)
        noise = torch.randn(pixels.shape).to(self.device)
        times = times.to(self.device)
        mix = times[:, None, None, None]
        drawn = self._draw((1 - mix) * pixels + mix * noise, times, words, spoken)
        wrong = (drawn.float() - pixels).square().mean(dim=(1, 2, 3))
        return (wrong / times.clamp(min=LEAST_TIME).square()).mean()

    def _draw(self, noisy: Tensor, times: Tensor, words: Tensor, spoken: Tensor) -> Tensor:
        """The clean picture that the network sees behind the noise."""
        text = self.network["text_encoder"](input_ids=words, attention_mask=spoken)
        return self.network["transformer"](
            noisy, times, text.last_hidden_state, spoken, return_dict=False
        )[0]

    def ship(self, folder: Path) -> None:
        half = self.pipeline.__class__(
            **{
                name: copy.deepcopy(part).half() if isinstance(part, nn.Module) else part
                for name, part in self.pipeline.components.items()
            },
            default_sample_size=SIZE,
            prompt_max_tokens=WORDS,
            noise_scale=1.0,
        )
        half.save_pretrained(folder)

    def take(self, folder: Path) -> None:
        shipped = self.pipeline.__class__.from_pretrained(folder, torch_dtype=torch.float32)
        for name, part in self.network.named_children():
            part.load_state_dict(getattr(shipped, name).state_dict())
