"""Describe audio in a sentence composed from the labels of a classifier."""

from __future__ import annotations

from collections.abc import Mapping

from tools import Audio
from tools.adapters.transformers.audio_classification import AudioClassification
from tools.library.audio.describe_sound import SoundDescriber

MIN_SCORE = 0.5
"""Score threshold of an attribute."""
LOUDNESS, TEMPO, REGISTER = ("soft", "loud"), ("slow", "fast"), ("low", "high")
TIMES = ("once", "twice", "three times", "four times", "five times")
PATTERNS: Mapping[str, str] = {
    "note": "{a}{loud}{name} playing a {pitch}note",
    "notes": "{a}{loud}{name} playing the same {pitch}note{times}",
    "rising scale": "{a}{loud}{name} playing a {fast}rising scale",
    "falling scale": "{a}{loud}{name} playing a {fast}falling scale",
    "chord": "{a}{loud}{name} playing a chord",
    "tune": "{a}{loud}{name} playing a {fast}tune",
    "steady": "{a}{loud}{name}",
    "growing": "{a}{loud}{name} getting louder",
    "fading": "{a}{loud}{name} fading away",
    "stopping": "{a}{loud}{name} that stops halfway",
    "starting": "silence and then {a}{loud}{name}",
    "rising": "{a}{loud}{name} going up",
    "falling": "{a}{loud}{name} going down",
}
"""Sentence template of each pattern label."""
DEFAULT_PATTERN = "{a}{loud}{name}{times}"
"""Template without a pattern."""
UNCOUNTABLE = ("noise", "rain", "wind", "waves", "applause")


class SoundLabels(AudioClassification, SoundDescriber):
    """Audio classifier that also describes audio in a sentence.

    Its labels are those above and names of sounds.
    """

    def describe_sound(self, audio: Audio) -> str:
        scores = dict(zip(self.labels, self.scores(audio).max(axis=0).tolist(), strict=True))
        attributes = {*LOUDNESS, *TEMPO, *REGISTER, *TIMES, *PATTERNS}
        name = max(
            (label for label in self.labels if label not in attributes), key=scores.__getitem__
        )
        pattern, times = _best_label(tuple(PATTERNS), scores), _best_label(TIMES, scores)
        fields = {
            "a": "" if name in UNCOUNTABLE else "a ",
            "name": name,
            "loud": _with_space(_best_label(LOUDNESS, scores)),
            "fast": _with_space(_best_label(TEMPO, scores)),
            "pitch": _with_space(_best_label(REGISTER, scores)),
            "times": f" {times}" if times else "",
        }
        text = PATTERNS.get(pattern, DEFAULT_PATTERN).format_map(fields)
        return " ".join(_with_article(text.split()))


def _best_label(labels: tuple[str, ...], scores: Mapping[str, float]) -> str:
    """Return the label with the highest score, or "" below the threshold."""
    best = max(labels, key=lambda label: scores.get(label, 0.0))
    return best if scores.get(best, 0.0) >= MIN_SCORE else ""


def _with_space(word: str) -> str:
    return f"{word} " if word else ""


def _with_article(words: list[str]) -> list[str]:
    """Replace "a" by "an" before a vowel."""
    after = [*words[1:], ""]
    return [
        "an" if word == "a" and following[:1] in ("a", "e", "i", "o", "u") else word
        for word, following in zip(words, after, strict=True)
    ]
