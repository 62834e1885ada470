"""Sentence embedding models in transformers, such as MiniLM (Reimers and Gurevych, 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.text.compare_texts import TextEncoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_SIZE = 16
MAX_TOKENS = 256


class SentenceEmbedding(TextEncoder):
    """Encodes a text as the mean of its tokens."""

    batched_methods: ClassVar[tuple[str, ...]] = ("vectors",)

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_pretrained("AutoModel", "AutoTokenizer", files, settings, device))

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        loaded = self.loaded
        rows: list[Any] = []
        for start in range(0, len(texts), BATCH_SIZE):
            prepared = loaded.to_device(
                loaded.processor(
                    list(texts[start : start + BATCH_SIZE]),
                    padding=True,
                    truncation=True,
                    max_length=MAX_TOKENS,
                    return_tensors="pt",
                )
            )
            with torch.inference_mode():
                hidden = loaded.network(**prepared).last_hidden_state.float()  # (N, T, D)
            mask = prepared["attention_mask"][..., None].float()
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            rows.append(torch.nn.functional.normalize(pooled, dim=1).cpu())
        return torch.cat(rows).numpy()
