"""Find the seconds of a film at which words come true: by what is seen, heard and said there.

Each word of the question is looked for among the names of things, the names of sounds and the
words that are said. A second scores by how surely how many of the words are found around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.signal.label_matching import match_label

STEP_S = 0.5
AROUND_S = 1.0
"""What is seen and what is heard of one thing come at about the same time."""
LEAST_SCORE = 0.3
LEAST_OF_BEST = 0.6
"""What scores less than this share of the best is a weaker hit of the same kind."""
SPOKEN_SCORE = 0.9
SHORTEST_STEM = 4
ALIKE = 0.75
"""Words are one if they begin alike for this share of the shorter: bark, barks, barking."""

_SPEAKING = frozenset(
    ("speak", "speaks", "speaking", "talk", "talks", "talking", "speech", "voice", "voices")
)
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an and about any anybody anyone appear appears at by come comes does do first for "
        "from happen happens happening he hear heard her him his i in is it its me mention "
        "mentioned mentions moment my of on one or our part place play played plays playing "
        "point say says saying scene second see seen she show shown shows some somebody someone "
        "something start starts that the their them there they this time to visible was we were "
        "what when where which while who with word words you ",
    )
)


@dataclass(frozen=True)
class Evidence:
    """A word that names what is there at a second, and how sure that is."""

    second: float
    name: str
    score: float
    is_speech: bool = False


def find_moments(what: str, evidence: Sequence[Evidence]) -> list[float]:
    """Return the seconds at which it begins, the likeliest first; none if it never does."""
    words = content_words(what)
    if not words or not evidence:
        return []
    matches = [(item, matching_words(words, item)) for item in evidence]
    matches = [(item, indices) for item, indices in matches if indices]
    if not matches:
        return []
    steps = max(_step(item) for item, _ in matches) + 1
    scores = np.zeros((len(words), steps))
    for item, indices in matches:
        column = scores[indices, _step(item)]
        scores[indices, _step(item)] = np.maximum(column, item.score)
    together = _spread(scores).mean(axis=0)
    best = float(together.max())
    if best < LEAST_SCORE:
        return []
    good = together >= max(LEAST_SCORE, LEAST_OF_BEST * best)
    # It begins with the word that is found least often: a dog barks when it barks.
    common = np.count_nonzero(scores, axis=1)
    moments: list[tuple[float, float]] = []
    for start, end in _spans(good & (scores.max(axis=0) > 0)):
        within = [
            (min(common[indices]), item.second)
            for item, indices in matches
            if start <= _step(item) < end
        ]
        moments.append((-round(float(together[start:end].max()), 3), min(within)[1]))
    return [round(second, 2) for _, second in sorted(moments)]


def _step(item: Evidence) -> int:
    return int(item.second / STEP_S)


def content_words(what: str) -> list[str]:
    """Return the words that name something; of "somebody speaks" the speech."""
    words = re.findall(r"[^\W_]+", what.casefold())
    content = [word for word in words if word not in _EMPTY and word not in _SPEAKING]
    speech = ["speech"] if any(word in _SPEAKING for word in words) else []
    return list(dict.fromkeys(content)) or speech


def matching_words(words: Sequence[str], item: Evidence) -> list[int]:
    """Return which of the words the evidence speaks of, by their places."""
    named = re.findall(r"[^\W_]+", item.name.casefold())
    indices = {
        number for number, word in enumerate(words) if any(_alike(word, name) for name in named)
    }
    if not item.is_speech:
        # A label of two words, or one that a person calls otherwise: people, mobile phone.
        for length in (1, 2):
            for start in range(len(words) - length + 1):
                if match_label(" ".join(words[start : start + length]), [item.name]):
                    indices |= set(range(start, start + length))
    return sorted(indices)


def _alike(word: str, other: str) -> bool:
    shorter, longer = sorted((word, other), key=len)
    if shorter == longer or longer == shorter + "s":
        return True
    if len(shorter) < SHORTEST_STEM:
        return False
    same = next(
        (place for place, character in enumerate(shorter) if character != longer[place]),
        len(shorter),
    )
    return same >= SHORTEST_STEM and same >= ALIKE * len(shorter)


def _spread(scores: np.ndarray) -> np.ndarray:
    """Return the best score around each step."""
    reach = round(AROUND_S / STEP_S)
    padded = np.pad(scores, ((0, 0), (reach, reach)))
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1).max(axis=2)


def _spans(flags: np.ndarray) -> Iterable[tuple[int, int]]:
    """Yield from which step to which something is found; gaps of a second do not part them."""
    reach = round(AROUND_S / STEP_S)
    places = np.flatnonzero(flags)
    if not places.size:
        return
    breaks = np.flatnonzero(np.diff(places) > reach + 1)
    starts = [int(places[0]), *(int(places[b + 1]) for b in breaks)]
    ends = [*(int(places[b]) + 1 for b in breaks), int(places[-1]) + 1]
    yield from zip(starts, ends, strict=True)
