"""Architecture III: the language model writes the codes of an image itself.

    "draw two dogs", <end>, "two dogs", <image_0>, corner, corner, corner, look, ×2, place, …, end

Codes are ids above those of signals (agent/joint/network/codebook.py). A grammar restricts which
kind of code may come next. The number of objects and their looks are chosen greedily; the
background and the positions are sampled.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Cache

from agent.joint.joint_config import JointShape, Medium
from agent.joint.network.base_language_model import forward_with_cache
from agent.joint.network.codebook import BOOKS, Codebook, Kind
from agent.joint.network.joint_network import Conditioning, Decoded, JointNetwork

TOP_P = 0.9
"""The top-p threshold of the codes that are sampled."""
SAMPLED_KINDS: tuple[Kind, ...] = ("corner", "place", "size")


class CodeConnector(nn.Module):
    """Embeddings of codes, and logits of the next code."""

    def __init__(self, codebook: Codebook, width: int, length: float) -> None:
        super().__init__()
        self.vectors = nn.Parameter(_initial_vectors(codebook, width) * length)
        self.projection = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width))
        self.bias = nn.Parameter(torch.zeros(codebook.size))

    def forward(self, states: Tensor) -> Tensor:
        """(…, width) → (…, codes): the logits of the next code."""
        return self.projection(states.float()) @ self.vectors.T + self.bias


class CodeNetwork(JointNetwork):
    """A joint network that writes images as codes."""

    def __init__(self, shape: JointShape, language_model: Any, codebook: Codebook) -> None:
        super().__init__(shape, language_model)
        self.codebook = codebook
        self.first_code = self.signal_ids("image")[-1] + 1
        width = self.word_embeddings.shape[1]
        length = float(self.word_embeddings[:4096].float().norm(dim=1).mean())
        self.codes = CodeConnector(codebook, width, length)
        # Instead of the output connector to a generator.
        self.outputs["image"] = self.codes

    def embed(self, ids: Tensor, features: Mapping[Medium, Tensor]) -> Tensor:
        codes = ids.to(self.word_embeddings.device) - self.first_code
        vectors = super().embed(ids.clamp(max=self.first_code - 1), features)
        code_vectors = self.codes.vectors[codes.clamp(min=0)].to(vectors.dtype)
        return torch.where((codes >= 0)[..., None], code_vectors, vectors)

    @torch.no_grad()
    def request_medium(self, medium: Medium, cache: Cache, seed: int) -> Decoded:
        generator = torch.Generator().manual_seed(seed)
        signals = self.signal_ids(medium)
        next_ids, codes = signals, list[int]()
        while kinds := self.codebook.allowed_kinds(codes):
            embeddings = self.embed(torch.tensor([next_ids]), {})
            states = forward_with_cache(self.body, embeddings, cache)
            allowed = [code for kind in kinds for code in self.codebook.spans[kind]]
            logits = self.codes(states[0, -1])[allowed].cpu()
            index = (
                _sample_top_p(logits, generator)
                if kinds[0] in SAMPLED_KINDS
                else int(logits.argmax())
            )
            codes.append(allowed[index])
            next_ids = [self.first_code + codes[-1]]
        row = torch.tensor(codes, dtype=torch.float32)[None, :, None]
        conditioning = Conditioning(row, torch.ones(row.shape[:2]))
        return Decoded(
            [*signals, *(self.first_code + code for code in codes)], {medium: conditioning}, None
        )


def _sample_top_p(logits: Tensor, generator: torch.Generator) -> int:
    probabilities, order = logits.softmax(dim=0).sort(descending=True)
    mass_before = probabilities.cumsum(dim=0) - probabilities
    return int(
        order[torch.multinomial(probabilities * (mass_before < TOP_P), 1, generator=generator)]
    )


def _initial_vectors(codebook: Codebook, width: int) -> Tensor:
    """Initialize a unit vector for each code; similar codes get similar vectors.

    The similarity comes from random Fourier features of the codebook's vectors.
    """
    vectors = torch.randn(codebook.size, width)
    for book in BOOKS:
        entries = torch.from_numpy(codebook.vectors(book))
        mean_distance = torch.cdist(entries, entries).mean()
        frequencies = torch.randn(entries.shape[1], width) * 2 / mean_distance
        fourier_features = torch.cos(entries @ frequencies + torch.rand(width) * 2 * torch.pi)
        span = codebook.spans[book]
        vectors[span.start : span.stop] = fourier_features * 2**0.5 + torch.randn(width) / 2
    return vectors / vectors.norm(dim=1, keepdim=True)
