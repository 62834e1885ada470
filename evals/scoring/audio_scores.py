"""Scores of audio models: classification, description and generation of synthetic sounds.

The sounds come from the test split: their patterns and counts never occur with them in training.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from evals.scoring.vision_scores import SEED, Score, share
from evals.world.audio.sound_content import MUSIC, ONGOING, SLIDES, SOUND_NAMES, SoundContent
from evals.world.audio.sound_sentences import read_sound
from evals.world.audio.sounds import RATE, Sound, sounds
from evals.world.phrase_templates import Phrasing
from tools import Audio
from tools.library.audio.classify_sound import SoundClassifier
from tools.library.audio.describe_sound import SoundDescriber
from tools.library.audio.make_sound import SoundMaker

TIMES: Mapping[int, str] = {
    1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times"
}  # fmt: skip
ASPECTS: Mapping[str, tuple[str, ...]] = {
    "kind": SOUND_NAMES,
    "pattern": (*MUSIC, *ONGOING, *SLIDES),
    "times": tuple(TIMES.values()),
    "loudness": ("soft", "loud"),
    "tempo": ("slow", "fast"),
    "register": ("low", "high"),
}
"""The labels of each aspect; a sound has at most one label an aspect."""
CONFIDENCE_THRESHOLD = 0.5
"""The lowest score at which a label counts as predicted."""


def held_out_sounds(count: int, seed: int = SEED) -> list[Sound]:
    """Return sounds of combinations held out from training."""
    return list(islice(sounds("test", seed), count))


def to_audio(sound: Sound) -> Audio:
    return Audio(sound.samples, RATE)


def true_labels(content: SoundContent) -> Mapping[str, str]:
    """Return the true label of each aspect that applies to the sound."""
    labels = {
        "kind": content.name,
        "pattern": None if content.pattern == "times" else content.pattern,
        "times": TIMES[content.times] if content.times else None,
        "loudness": content.loudness,
        "tempo": content.tempo,
        "register": content.register,
    }
    return {aspect: label for aspect, label in labels.items() if label}


def predict_labels(model: SoundClassifier, audio: Audio) -> Mapping[str, str]:
    """Return the likeliest kind and the confident labels of other aspects."""
    confidence = dict(zip(model.labels, model.scores(audio).max(axis=0).tolist(), strict=True))
    predictions: dict[str, str] = {}
    for aspect, labels in ASPECTS.items():
        best = max(labels, key=lambda label: confidence.get(label, 0.0))
        if aspect == "kind" or confidence.get(best, 0.0) >= CONFIDENCE_THRESHOLD:
            predictions[aspect] = best
    return predictions


def score_classifier(model: SoundClassifier, count: int) -> Mapping[str, Score]:
    """Return the model's accuracy by aspect; the kind always counts."""
    correct: dict[str, list[bool]] = {aspect: [] for aspect in ASPECTS}
    for sound in held_out_sounds(count):
        truth, predictions = true_labels(sound.content), predict_labels(model, to_audio(sound))
        for aspect in ASPECTS:
            if aspect in truth or aspect in predictions:
                correct[aspect].append(truth.get(aspect) == predictions.get(aspect))
    return {aspect: share(answers) for aspect, answers in correct.items()}


def claimed_labels(text: str) -> Mapping[str, str]:
    """Return the labels that a sentence about a sound claims."""
    claims = read_sound(text)
    labels = {
        "kind": claims.name,
        "pattern": None if claims.pattern == "times" else claims.pattern,
        "times": TIMES.get(claims.times or 0),
        "loudness": claims.loudness,
        "tempo": claims.tempo,
    }
    return {aspect: label for aspect, label in labels.items() if label}


def score_describer(model: SoundDescriber, count: int) -> Mapping[str, Score]:
    """Return the accuracy of descriptions by aspect and over all aspects."""
    pairs = [
        (claimed_labels(sound.caption), claimed_labels(model.describe_sound(to_audio(sound))))
        for sound in held_out_sounds(count)
    ]
    return _by_aspect(pairs) | {"everything": share(truth == claimed for truth, claimed in pairs)}


def score_sound_maker(
    model: SoundMaker, judge: SoundClassifier, count: int, phrasing: Phrasing = "seen"
) -> Mapping[str, Score]:
    """Compare the judge's labels of generated sounds with the requested ones."""
    pairs = [
        (
            claimed_labels(request := sound.speak(0, phrasing)),
            predict_labels(judge, _generate(model, request, seed)),
        )
        for seed, sound in enumerate(held_out_sounds(count))
    ]
    return _by_aspect(pairs)


def _generate(model: SoundMaker, request: str, seed: int) -> Audio:
    return model.make_sound(request, 2.0, seed)


def _by_aspect(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> dict[str, Score]:
    """Return the accuracy by aspect, and over all but the kind."""
    correct: dict[str, list[bool]] = {aspect: [] for aspect in ASPECTS if aspect != "register"}
    for claims, predictions in pairs:
        for aspect, answers in correct.items():
            if aspect in claims:
                answers.append(claims[aspect] == predictions.get(aspect))
    scores = {aspect: share(answers) for aspect, answers in correct.items()}
    attributes = [
        answer for aspect, answers in correct.items() if aspect != "kind" for answer in answers
    ]
    return scores | {"attributes": share(attributes)}
