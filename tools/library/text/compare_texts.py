"""Measure the similarity of two texts in meaning."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tools import Model, tool
from tools.sdk.text_writer import require_text
from tools.signal.text_chunks import split_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_TEXT = 12_000
CHUNK_CHARACTERS = 800
"""What a sentence encoder reads at once: some 200 of its 256 tokens."""


class TextEncoder(Model, ABC):
    """A sentence embedding model."""

    @abstractmethod
    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text; dot products are cosine similarities."""


@tool(words="Compare the meaning of {text} and {other}", commutes=("text", "other"))
def compare_texts(model: TextEncoder, text: str, other: str) -> float:
    """Say how alike two texts are in meaning: 1 the same, 0 nothing in common.

    >>> alike = compare_texts("The concert begins at eight.", "It starts at 8 o'clock.")
    """
    first, second = (text_vector(model, words) for words in (text, other))
    return round(min(max(float(first @ second), 0.0), 1.0), 3)


def text_vector(model: TextEncoder, text: str) -> NDArray[np.floating]:
    """Return the unit vector of a text: the mean of its chunks, by their length."""
    require_text(text, LONGEST_TEXT, "summarize it first, or give the part that matters")
    chunks = [chunk for chunk in split_text(text, CHUNK_CHARACTERS) if chunk.strip()]
    mean = np.average(model.vectors(chunks), axis=0, weights=[len(chunk) for chunk in chunks])
    return mean / max(float(np.linalg.norm(mean)), 1e-9)
