"""Tokenize sentences with noise: randomly split words and random tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from train.recipes.piece_tokenizer import CONTINUATION, UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    from transformers import PreTrainedTokenizerFast

SPLIT_RATE = 0.1
"""Share of words split into smaller subwords than necessary, to train for unknown words."""
NOISE_RATE = 0.08
"""Share of words followed by random tokens, so that unknown words do no harm later."""


def tokenize_with_noise(
    texts: Sequence[str],
    tokens: PreTrainedTokenizerFast,
    max_tokens: int,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Return token ids and mask, both (texts, tokens), at most `max_tokens` long."""
    vocabulary, backend = tokens.get_vocab(), tokens.backend_tokenizer
    # An earlier caller, such as a pipeline, may have left padding and truncation enabled.
    backend.no_padding()
    backend.no_truncation()
    rows: list[list[int]] = []
    for text in texts:
        parts = [tokens.cls_token_id]
        for word in re.findall(r"\w+|[^\w\s]+", text.lower()):
            if rng.random() > SPLIT_RATE:
                parts += backend.encode(word, add_special_tokens=False).ids
            else:
                parts += _split_randomly(word, vocabulary, rng)
            if rng.random() < NOISE_RATE:
                parts += rng.integers(len(vocabulary), size=rng.integers(1, 4)).tolist()
        rows.append(parts[:max_tokens])
    words = torch.full((len(rows), max(map(len, rows))), tokens.pad_token_id)
    for row, parts in zip(words, rows, strict=True):
        row[: len(parts)] = torch.tensor(parts)
    return words, words != tokens.pad_token_id


def _split_randomly(
    word: str, vocabulary: Mapping[str, int], rng: np.random.Generator
) -> list[int]:
    """Split a word into random subwords of the vocabulary."""
    parts: list[int] = []
    start = 0
    while start < len(word):
        prefix = CONTINUATION if start else ""
        ends = [
            end for end in range(start + 1, len(word) + 1) if prefix + word[start:end] in vocabulary
        ]
        if not ends:
            return [vocabulary[UNKNOWN]]
        end = ends[rng.integers(len(ends))]
        parts.append(vocabulary[prefix + word[start:end]])
        start = end
    return parts
