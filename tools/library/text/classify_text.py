"""Classify a text among given labels (zero-shot classification)."""

from __future__ import annotations

from collections.abc import Sequence

from tools import BadArgument, tool
from tools.library.text.compare_texts import TextEncoder, text_vector

MAX_LABELS = 100


@tool(words="Say which of {labels} fits “{text}” best")
def classify_text(model: TextEncoder, text: str, labels: list[str]) -> str:
    """Say which of some labels, such as topics, fits a text best.

    >>> topic = classify_text("The pianist played two encores.", ["music", "sport", "weather"])
    """
    _require_labels(labels)
    vector = text_vector(model, text)
    similarities = [float(text_vector(model, label) @ vector) for label in labels]
    return labels[similarities.index(max(similarities))]


def _require_labels(labels: Sequence[str]) -> None:
    if not labels or len(labels) > MAX_LABELS or not all(label.strip() for label in labels):
        raise BadArgument(
            f"there are {len(labels)} labels, {sum(not label.strip() for label in labels)} of them "
            f"empty; 1 to {MAX_LABELS} with words are allowed",
            hint='give two or more, as in classify_text(text1, ["complaint", "praise"])',
        )
