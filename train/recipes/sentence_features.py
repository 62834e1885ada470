"""Hidden states of sentences from a frozen language model, cached for training."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from evals.user_catalogue import user_catalogue
from tools.models.residency.card_loader import open_model
from tools.sprites.adapters.language_model_encoder import feature_width, read_features

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LANGUAGE_MODEL = "compare_texts/all-minilm-l6-v2"
"""The card of the language model that reads: 6 layers, 22 million weights."""
CAPACITY = 20_000
"""Sentences in the cache: half a gigabyte of MiniLM's states."""


class LanguageModel(NamedTuple):
    """A frozen language model with its tokenizer."""

    network: Any
    tokenizer: PreTrainedTokenizerBase


class SentenceFeatures:
    """Computes the features of sentences, and caches them by sentence."""

    def __init__(
        self, language_model: LanguageModel, max_tokens: int, capacity: int = CAPACITY
    ) -> None:
        self._language_model = language_model
        self._max_tokens = max_tokens
        self._capacity = capacity
        self._cache = OrderedDict[str, Tensor]()
        self.computed = 0
        """How many sentences the language model has read."""

    @property
    def width(self) -> int:
        """The number of features of a token."""
        return feature_width(self._language_model.network)

    def encode(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return features (texts, tokens, width) and mask of the sentences."""
        new_texts = list(dict.fromkeys(text for text in texts if text not in self._cache))
        if new_texts:
            self._compute(new_texts)
        rows = [self._cache[text] for text in texts]
        for text in texts:
            self._cache.move_to_end(text)
        while len(self._cache) > self._capacity:
            self._cache.popitem(last=False)
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(int(lengths.max()))[None] < lengths[:, None]
        return pad_sequence(rows, batch_first=True).float(), mask

    def _compute(self, texts: Sequence[str]) -> None:
        network, tokenizer = self._language_model
        tokens = tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._max_tokens,
            return_tensors="pt",
        )
        device = next(network.parameters()).device
        with torch.autocast(device.type, torch.bfloat16):
            features = read_features(
                network, tokens["input_ids"].to(device), tokens["attention_mask"].to(device)
            )
        lengths = tokens["attention_mask"].sum(dim=1).tolist()
        for text, row, length in zip(texts, features.cpu(), lengths, strict=True):
            # Cloned, or each sentence would hold the memory of the whole batch.
            self._cache[text] = row[:length].to(torch.bfloat16).clone()
        self.computed += len(texts)


def open_language_model(card_id: str = LANGUAGE_MODEL) -> LanguageModel:
    """Open the language model of a card; its weights are fetched if needed."""
    loaded = open_model(user_catalogue()[card_id]).loaded
    return LanguageModel(loaded.network.requires_grad_(False), loaded.processor)
