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

    def __init__(self, given: int, width: int, slots: int) -> None:
        super().__init__()
        self.turn = nn.Linear(given, width)

    def forward(self, seen: Tensor) -> Tensor:
        """(B, slots, input_width) → (B, slots, width)."""
        return self.turn(seen)


class Mlp(nn.Module):
    """Project each vector by a two-layer MLP, as in LLaVA 1.5."""

    def __init__(self, given: int, width: int, slots: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(given, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, seen: Tensor) -> Tensor:
        return self.layers(seen)


class QFormer(nn.Module):
    """Learned queries with self-attention and cross-attention to features, as in BLIP-2."""

    def __init__(self, given: int, width: int, slots: int) -> None:
        super().__init__()
        inner = width // 2
        self.questions = nn.Parameter(torch.randn(slots, inner) * 0.02)
        self.take = nn.Linear(given, inner)
        self.layers = nn.TransformerDecoder(_decoder_layer(inner), DEPTH)
        self.give = nn.Linear(inner, width)

    def forward(self, seen: Tensor) -> Tensor:
        asked = self.questions.expand(len(seen), -1, -1)
        return self.give(self.layers(asked, self.take(seen)))


class Perceiver(nn.Module):
    """Perceiver resampler: learned latents that attend to features, as in Flamingo."""

    def __init__(self, given: int, width: int, slots: int) -> None:
        super().__init__()
        inner = width // 2
        self.gatherers = nn.Parameter(torch.randn(slots, inner) * 0.02)
        self.take = nn.Linear(given, inner)
        self.layers = nn.ModuleList(_Gathering(inner) for _ in range(DEPTH))
        self.give = nn.Linear(inner, width)

    def forward(self, seen: Tensor) -> Tensor:
        taken = self.take(seen)
        gathered = self.gatherers.expand(len(seen), -1, -1)
        for layer in self.layers:
            gathered = layer(gathered, taken)
        return self.give(gathered)


class _Gathering(nn.Module):
    """A resampler layer: attention over features and latents, then a feed-forward."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.around = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, HEADS, batch_first=True)
        self.alone = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, gathered: Tensor, taken: Tensor) -> Tensor:
        own = self.before(gathered)
        there = torch.cat([self.around(taken), own], dim=1)
        gathered = gathered + self.attention(own, there, there, need_weights=False)[0]
        return gathered + self.alone(gathered)


KINDS: Mapping[str, Any] = {
    "linear": Linear,
    "mlp": Mlp,
    "qformer": QFormer,
    "perceiver": Perceiver,
}


class InputConnector(nn.Module):
    """Map encoder features to embeddings with the norm of word embeddings."""

    def __init__(self, kind: str, given: int, width: int, slots: int, length: float) -> None:
        super().__init__()
        self.connect = KINDS[kind](given, width, slots)
        self.norm = nn.RMSNorm(width)
        nn.init.constant_(self.norm.weight, length / width**0.5)

    def forward(self, seen: Tensor) -> Tensor:
        return self.norm(self.connect(seen).float())


class OutputConnector(nn.Module):
    """Map hidden states at signals to the conditioning of a generator.

    A small transformer with a learned query for each vector that the generator's text encoder
    would return; it also predicts which of them are present.
    """

    def __init__(self, given: int, width: int, depth: int, longest: int, told: int) -> None:
        super().__init__()
        self.take = nn.Sequential(nn.LayerNorm(given), nn.Linear(given, width))
        self.questions = nn.Parameter(torch.randn(longest, width) * 0.02)
        self.layers = nn.TransformerDecoder(_decoder_layer(width), depth)
        self.give = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, told))
        self.there = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Predict the vectors and the logits of their presence.

        (B, signals, input_width) → (B, longest, output_width), (B, longest)
        """
        asked = self.questions.expand(len(states), -1, -1)
        found = self.layers(asked, self.take(states))
        return self.give(found), self.there(found).squeeze(2)


class Seeking(nn.Module):
    """Map hidden states at image signals to a retrieval query.

    It also decides whether to retrieve or to generate the image, as in GILL.
    """

    def __init__(self, given: int, inner: int, width: int) -> None:
        super().__init__()
        self.take = nn.Sequential(nn.LayerNorm(given), nn.Linear(given, inner), nn.GELU())
        self.there = nn.Linear(inner, width)
        self.rather = nn.Linear(inner, 1)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Predict unit query vectors and the logits of retrieval.

        (B, signals, input_width) → (B, width), (B)
        """
        taken = self.take(states).mean(dim=1)
        return functional.normalize(self.there(taken), dim=1), self.rather(taken).squeeze(1)


def _decoder_layer(width: int) -> nn.TransformerDecoderLayer:
    return nn.TransformerDecoderLayer(
        width, HEADS, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
