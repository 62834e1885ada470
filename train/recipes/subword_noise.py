"""Tokenize sentences with noise: randomly split words and random tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from train.recipes.piece_tokenizer import CONTINUED, UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    from transformers import PreTrainedTokenizerFast

BROKEN = 0.1
"""Share of words split into smaller subwords than necessary, to train for unknown words."""
MUMBLED = 0.08
"""Share of words followed by random tokens, so that unknown words do no harm later."""


def read_brokenly(
    texts: Sequence[str],
    tokens: PreTrainedTokenizerFast,
    longest: int,
    chance: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Return token ids and mask, both (texts, tokens), at most `max_tokens` long."""
    known, plain = tokens.get_vocab(), tokens.backend_tokenizer
    # An earlier caller, such as a pipeline, may have left padding and truncation enabled.
    plain.no_padding()
    plain.no_truncation()
    rows: list[list[int]] = []
    for text in texts:
        parts = [tokens.cls_token_id]
        for word in re.findall(r"\w+|[^\w\s]+", text.lower()):
            if chance.random() > BROKEN:
                parts += plain.encode(word, add_special_tokens=False).ids
            else:
                parts += _broken(word, known, chance)
            if chance.random() < MUMBLED:
                parts += chance.integers(len(known), size=chance.integers(1, 4)).tolist()
        rows.append(parts[:longest])
    words = torch.full((len(rows), max(map(len, rows))), tokens.pad_token_id)
    for row, parts in zip(words, rows, strict=True):
        row[: len(parts)] = torch.tensor(parts)
    return words, words != tokens.pad_token_id


def _broken(word: str, known: Mapping[str, int], chance: np.random.Generator) -> list[int]:
    """Split a word into random subwords of the vocabulary."""
    parts: list[int] = []
    start = 0
    while start < len(word):
        mark = CONTINUED if start else ""
        ends = [end for end in range(start + 1, len(word) + 1) if mark + word[start:end] in known]
        if not ends:
            return [known[UNKNOWN]]
        end = ends[chance.integers(len(ends))]
        parts.append(known[mark + word[start:end]])
        start = end
    return parts
