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
        self.projection = nn.Linear(input_width, width)

    def forward(self, features: Tensor) -> Tensor:
        """(B, slots, input_width) → (B, slots, width)."""
        return self.projection(features)


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
        self.queries = nn.Parameter(torch.randn(slots, inner) * 0.02)
        self.input_projection = nn.Linear(input_width, inner)
        self.layers = nn.TransformerDecoder(_decoder_layer(inner), DEPTH)
        self.output_projection = nn.Linear(inner, width)

    def forward(self, features: Tensor) -> Tensor:
        queries = self.queries.expand(len(features), -1, -1)
        return self.output_projection(self.layers(queries, self.input_projection(features)))


class Perceiver(nn.Module):
    """Perceiver resampler: learned latents that attend to features, as in Flamingo."""

    def __init__(self, input_width: int, width: int, slots: int) -> None:
        super().__init__()
        inner = width // 2
        self.latents = nn.Parameter(torch.randn(slots, inner) * 0.02)
        self.input_projection = nn.Linear(input_width, inner)
        self.layers = nn.ModuleList(_PerceiverLayer(inner) for _ in range(DEPTH))
        self.output_projection = nn.Linear(inner, width)

    def forward(self, features: Tensor) -> Tensor:
        inputs = self.input_projection(features)
        latents = self.latents.expand(len(features), -1, -1)
        for layer in self.layers:
            latents = layer(latents, inputs)
        return self.output_projection(latents)


class _PerceiverLayer(nn.Module):
    """A resampler layer: attention over features and latents, then a feed-forward."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.latent_norm = nn.LayerNorm(width)
        self.feature_norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, HEADS, batch_first=True)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, latents: Tensor, inputs: Tensor) -> Tensor:
        queries = self.latent_norm(latents)
        context = torch.cat([self.feature_norm(inputs), queries], dim=1)
        latents = latents + self.attention(queries, context, context, need_weights=False)[0]
        return latents + self.feed_forward(latents)


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
        self.projector = CONNECTORS[kind](input_width, width, slots)
        self.norm = nn.RMSNorm(width)
        nn.init.constant_(self.norm.weight, length / width**0.5)

    def forward(self, features: Tensor) -> Tensor:
        return self.norm(self.projector(features).float())


class OutputConnector(nn.Module):
    """Map hidden states at signals to the conditioning of a generator.

    A small transformer with a learned query for each vector that the generator's text encoder
    would return; it also predicts which of them are present.
    """

    def __init__(
        self, input_width: int, width: int, depth: int, max_vectors: int, output_width: int
    ) -> None:
        super().__init__()
        self.input_projection = nn.Sequential(
            nn.LayerNorm(input_width), nn.Linear(input_width, width)
        )
        self.queries = nn.Parameter(torch.randn(max_vectors, width) * 0.02)
        self.layers = nn.TransformerDecoder(_decoder_layer(width), depth)
        self.output_projection = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, output_width))
        self.presence_head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Predict the vectors and the logits of their presence.

        (B, signals, input_width) → (B, max_vectors, output_width), (B, max_vectors)
        """
        queries = self.queries.expand(len(states), -1, -1)
        outputs = self.layers(queries, self.input_projection(states))
        return self.output_projection(outputs), self.presence_head(outputs).squeeze(2)


class RetrievalHead(nn.Module):
    """Map hidden states at image signals to a retrieval query.

    It also decides whether to retrieve or to generate the image, as in GILL.
    """

    def __init__(self, input_width: int, inner: int, width: int) -> None:
        super().__init__()
        self.input_projection = nn.Sequential(
            nn.LayerNorm(input_width), nn.Linear(input_width, inner), nn.GELU()
        )
        self.query_head = nn.Linear(inner, width)
        self.choice_head = nn.Linear(inner, 1)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Predict unit query vectors and the logits of retrieval.

        (B, signals, input_width) → (B, width), (B)
        """
        pooled = self.input_projection(states).mean(dim=1)
        return functional.normalize(self.query_head(pooled), dim=1), self.choice_head(
            pooled
        ).squeeze(1)


def _decoder_layer(width: int) -> nn.TransformerDecoderLayer:
    return nn.TransformerDecoderLayer(
        width, HEADS, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
