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

from agent.joint.joint_config import Medium, Shape
from agent.joint.network.base_language_model import forward_with_cache
from agent.joint.network.codebook import BOOKS, Codebook, Kind
from agent.joint.network.joint_network import JointNetwork, Told, Written

LIKELIEST = 0.9
"""The top-p threshold of the codes that are sampled."""
BY_CHANCE: tuple[Kind, ...] = ("corner", "place", "size")


class CodeConnector(nn.Module):
    """Embeddings of codes, and logits of the next code."""

    def __init__(self, codebook: Codebook, width: int, length: float) -> None:
        super().__init__()
        self.vectors = nn.Parameter(_begun(codebook, width) * length)
        self.turn = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width))
        self.usual = nn.Parameter(torch.zeros(codebook.size))

    def forward(self, states: Tensor) -> Tensor:
        """(…, width) → (…, codes): the logits of the next code."""
        return self.turn(states.float()) @ self.vectors.T + self.usual


class CodeNetwork(JointNetwork):
    """A joint network that writes images as codes."""

    def __init__(self, shape: Shape, language_model: Any, codebook: Codebook) -> None:
        super().__init__(shape, language_model)
        self.codebook = codebook
        self.first_code = self.signals_of("image")[-1] + 1
        width = self.words.shape[1]
        length = float(self.words[:4096].float().norm(dim=1).mean())
        self.codes = CodeConnector(codebook, width, length)
        # Instead of the output connector to a generator.
        self.outputs["image"] = self.codes

    def embed(self, ids: Tensor, seen: Mapping[Medium, Tensor]) -> Tensor:
        codes = ids.to(self.words.device) - self.first_code
        vectors = super().embed(ids.clamp(max=self.first_code - 1), seen)
        written = self.codes.vectors[codes.clamp(min=0)].to(vectors.dtype)
        return torch.where((codes >= 0)[..., None], written, vectors)

    @torch.no_grad()
    def ask_for(self, medium: Medium, cache: Cache, seed: int) -> Written:
        chance = torch.Generator().manual_seed(seed)
        signals = self.signals_of(medium)
        given, codes = signals, list[int]()
        while may := self.codebook.may_follow(codes):
            embeddings = self.embed(torch.tensor([given]), {})
            states = forward_with_cache(self.body, embeddings, cache)
            allowed = [code for kind in may for code in self.codebook.spans[kind]]
            scores = self.codes(states[0, -1])[allowed].cpu()
            place = _thrown(scores, chance) if may[0] in BY_CHANCE else int(scores.argmax())
            codes.append(allowed[place])
            given = [self.first_code + codes[-1]]
        row = torch.tensor(codes, dtype=torch.float32)[None, :, None]
        told = Told(row, torch.ones(row.shape[:2]))
        return Written(
            [*signals, *(self.first_code + code for code in codes)], {medium: told}, None
        )


def _thrown(scores: Tensor, chance: torch.Generator) -> int:
    likely, order = scores.softmax(dim=0).sort(descending=True)
    before = likely.cumsum(dim=0) - likely
    return int(order[torch.multinomial(likely * (before < LIKELIEST), 1, generator=chance)])


def _begun(codebook: Codebook, width: int) -> Tensor:
    """Initialize a unit vector for each code; similar codes get similar vectors.

    The similarity comes from random Fourier features of the codebook's vectors.
    """
    begun = torch.randn(codebook.size, width)
    for book in BOOKS:
        meant = torch.from_numpy(codebook.vectors(book))
        apart = torch.cdist(meant, meant).mean()
        waves = torch.randn(meant.shape[1], width) * 2 / apart
        alike = torch.cos(meant @ waves + torch.rand(width) * 2 * torch.pi)
        span = codebook.spans[book]
        begun[span.start : span.stop] = alike * 2**0.5 + torch.randn(width) / 2
    return begun / begun.norm(dim=1, keepdim=True)
