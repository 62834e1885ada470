"""Connectors from encoders to the language model, and from it to generators.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

HEADS = 8
DEPTH = 2


class Linear(nn.Module):
    """Project each vector linearly. Returns as many vectors as it gets."""

    def __init__(self, input_width: int, width: int, slots: int) -> None:
        super().__init__()
        self.turn = nn.Linear(input_width, width)

    def forward(self, features: Tensor) -> Tensor:
        """(B, slots, input_width) → (B, slots, width)."""
        return self.turn(features)


class Mlp(nn.Module):
    """Project each vector by a two-layer MLP, as in LLaVA 1.5."""

    def __init__(self, input_width: int, width: int, slots: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(input_width, width), nn.GELU(), nn.Linear(width, width)
        )

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(features)


class QFormer(nn.Module):
    """Learned queries with self-attention and cross-attention to features, as in BLIP-2."""

    def __init__(self, input_width: int, width: int, slots: int) -> None:
        super().__init__()
        inner = width // 2
        self.questions = nn.Parameter(torch.randn(slots, inner) * 0.02)
        self.take = nn.Linear(input_width, inner)
        self.layers = nn.TransformerDecoder(_decoder_layer(inner), DEPTH)
        self.give = nn.Linear(inner, width)

    def forward(self, features: Tensor) -> Tensor:
        queries = self.questions.expand(len(features), -1, -1)
        return self.give(self.layers(queries, self.take(features)))


class Perceiver(nn.Module):
    """Perceiver resampler: learned latents that attend to features, as in Flamingo."""

    def __init__(self, input_width: int, width: int, slots: int) -> None:
        super().__init__()
        inner = width // 2
        self.gatherers = nn.Parameter(torch.randn(slots, inner) * 0.02)
        self.take = nn.Linear(input_width, inner)
        self.layers = nn.ModuleList(_PerceiverLayer(inner) for _ in range(DEPTH))
        self.give = nn.Linear(inner, width)

    def forward(self, features: Tensor) -> Tensor:
        inputs = self.take(features)
        latents = self.gatherers.expand(len(features), -1, -1)
        for layer in self.layers:
            latents = layer(latents, inputs)
        return self.give(latents)


class _PerceiverLayer(nn.Module):
    """A resampler layer: attention over features and latents, then a feed-forward."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.around = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, HEADS, batch_first=True)
        self.alone = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, latents: Tensor, inputs: Tensor) -> Tensor:
        queries = self.before(latents)
        context = torch.cat([self.around(inputs), queries], dim=1)
        latents = latents + self.attention(queries, context, context, need_weights=False)[0]
        return latents + self.alone(latents)


CONNECTORS: Mapping[str, Any] = {
    "linear": Linear,
    "mlp": Mlp,
    "qformer": QFormer,
    "perceiver": Perceiver,
}


class InputConnector(nn.Module):
    """Map encoder features to embeddings with the norm of word embeddings."""

    def __init__(self, kind: str, input_width: int, width: int, slots: int, length: float) -> None:
        super().__init__()
        self.connect = CONNECTORS[kind](input_width, width, slots)
        self.norm = nn.RMSNorm(width)
        nn.init.constant_(self.norm.weight, length / width**0.5)

    def forward(self, features: Tensor) -> Tensor:
        return self.norm(self.connect(features).float())


class OutputConnector(nn.Module):
    """Map hidden states at signals to the conditioning of a generator.

    A small transformer with a learned query for each vector that the generator's text encoder
    would return; it also predicts which of them are present.
    """

    def __init__(
        self, input_width: int, width: int, depth: int, longest: int, output_width: int
    ) -> None:
        super().__init__()
        self.take = nn.Sequential(nn.LayerNorm(input_width), nn.Linear(input_width, width))
        self.questions = nn.Parameter(torch.randn(longest, width) * 0.02)
        self.layers = nn.TransformerDecoder(_decoder_layer(width), depth)
        self.give = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, output_width))
        self.there = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Predict the vectors and the logits of their presence.

        (B, signals, input_width) → (B, longest, output_width), (B, longest)
        """
        queries = self.questions.expand(len(states), -1, -1)
        outputs = self.layers(queries, self.take(states))
        return self.give(outputs), self.there(outputs).squeeze(2)


class RetrievalHead(nn.Module):
    """Map hidden states at image signals to a retrieval query.

    It also decides whether to retrieve or to generate the image, as in GILL.
    """

    def __init__(self, input_width: int, inner: int, width: int) -> None:
        super().__init__()
        self.take = nn.Sequential(
            nn.LayerNorm(input_width), nn.Linear(input_width, inner), nn.GELU()
        )
        self.there = nn.Linear(inner, width)
        self.rather = nn.Linear(inner, 1)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Predict unit query vectors and the logits of retrieval.

        (B, signals, input_width) → (B, width), (B)
        """
        pooled = self.take(states).mean(dim=1)
        return functional.normalize(self.there(pooled), dim=1), self.rather(pooled).squeeze(1)


def _decoder_layer(width: int) -> nn.TransformerDecoderLayer:
    return nn.TransformerDecoderLayer(
        width, HEADS, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
