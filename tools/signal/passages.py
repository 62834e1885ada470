"""Find the sentences of a text that a question is about, by the words that they share."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

MAX_SENTENCES = 8
_SHARE_OF_BEST = 0.5
_STEM_CHARACTERS = 5
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+|(?<=[。！？])")
_FUNCTION_WORDS = {
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for", "from",
    "has", "have", "how", "i", "in", "is", "it", "its", "me", "much", "many", "my", "of", "on",
    "or", "please", "tell", "text", "that", "the", "their", "there", "these", "they", "this",
    "to", "was", "were", "what", "when", "where", "which", "who", "whom", "whose", "why",
    "will", "with", "would", "you", "your",
}  # fmt: skip


def relevant_sentences(text: str, question: str) -> str:
    """Return the sentences that share the most telling words with the question.

    Return the whole text if it is one sentence or no sentence shares a word.
    """
    sentences = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    scores = _scores(sentences, _stems(question))
    best = max(scores, default=0.0)
    if len(sentences) < 2 or not best:
        return text
    ranked = sorted(range(len(sentences)), key=lambda index: -scores[index])[:MAX_SENTENCES]
    chosen = sorted(index for index in ranked if scores[index] >= _SHARE_OF_BEST * best)
    return "\n".join(sentences[index] for index in chosen)


def _scores(sentences: Sequence[str], asked: frozenset[str]) -> list[float]:
    """Return the sum of the weights of shared words, rare words weighing most."""
    stems = [_stems(sentence) for sentence in sentences]
    frequency = Counter(stem for words in stems for stem in words)
    return [
        sum(math.log(1 + len(sentences) / frequency[stem]) for stem in words & asked)
        for words in stems
    ]


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(
        word.removesuffix("s")[:_STEM_CHARACTERS]
        for word in words
        if len(word) > 1 and word not in _FUNCTION_WORDS
    )
