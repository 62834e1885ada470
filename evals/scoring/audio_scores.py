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
SURE = 0.5
"""The lowest score at which a label counts as predicted."""


def unmet_sounds(count: int, seed: int = SEED) -> list[Sound]:
    """Return sounds of combinations held out from training."""
    return list(islice(sounds("test", seed), count))


def audio_of(sound: Sound) -> Audio:
    return Audio(sound.samples, RATE)


def labels_of(content: SoundContent) -> Mapping[str, str]:
    """Return the true label of each aspect that applies to the sound."""
    told = {
        "kind": content.name,
        "pattern": None if content.pattern == "times" else content.pattern,
        "times": TIMES[content.times] if content.times else None,
        "loudness": content.loudness,
        "tempo": content.tempo,
        "register": content.register,
    }
    return {aspect: label for aspect, label in told.items() if label}


def heard_in(model: SoundClassifier, audio: Audio) -> Mapping[str, str]:
    """Return the likeliest kind and the confident labels of other aspects."""
    sure = dict(zip(model.labels, model.scores(audio).max(axis=0).tolist(), strict=True))
    heard: dict[str, str] = {}
    for aspect, labels in ASPECTS.items():
        best = max(labels, key=lambda label: sure.get(label, 0.0))
        if aspect == "kind" or sure.get(best, 0.0) >= SURE:
            heard[aspect] = best
    return heard


def score_listener(model: SoundClassifier, count: int) -> Mapping[str, Score]:
    """Return the model's accuracy by aspect; the kind always counts."""
    right: dict[str, list[bool]] = {aspect: [] for aspect in ASPECTS}
    for sound in unmet_sounds(count):
        told, heard = labels_of(sound.content), heard_in(model, audio_of(sound))
        for aspect in ASPECTS:
            if aspect in told or aspect in heard:
                right[aspect].append(told.get(aspect) == heard.get(aspect))
    return {aspect: share(answers) for aspect, answers in right.items()}


def claimed_in(text: str) -> Mapping[str, str]:
    """Return the labels that a sentence about a sound claims."""
    claims = read_sound(text)
    told = {
        "kind": claims.name,
        "pattern": None if claims.pattern == "times" else claims.pattern,
        "times": TIMES.get(claims.times or 0),
        "loudness": claims.loudness,
        "tempo": claims.tempo,
    }
    return {aspect: label for aspect, label in told.items() if label}


def score_describer(model: SoundDescriber, count: int) -> Mapping[str, Score]:
    """Return the accuracy of descriptions by aspect and over all aspects."""
    pairs = [
        (claimed_in(sound.caption), claimed_in(model.describe_sound(audio_of(sound))))
        for sound in unmet_sounds(count)
    ]
    return _by_aspect(pairs) | {"everything": share(told == claimed for told, claimed in pairs)}


def score_maker(
    model: SoundMaker, judge: SoundClassifier, count: int, phrasing: Phrasing = "seen"
) -> Mapping[str, Score]:
    """Compare the judge's labels of generated sounds with the requested ones."""
    pairs = [
        (claimed_in(words := sound.speak(0, phrasing)), heard_in(judge, _made(model, words, seed)))
        for seed, sound in enumerate(unmet_sounds(count))
    ]
    return _by_aspect(pairs)


def _made(model: SoundMaker, words: str, seed: int) -> Audio:
    return model.make_sound(words, 2.0, seed)


def _by_aspect(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> dict[str, Score]:
    """Return the accuracy by aspect, and over all but the kind."""
    right: dict[str, list[bool]] = {aspect: [] for aspect in ASPECTS if aspect != "register"}
    for asked, heard in pairs:
        for aspect, answers in right.items():
            if aspect in asked:
                answers.append(asked[aspect] == heard.get(aspect))
    scores = {aspect: share(answers) for aspect, answers in right.items()}
    rest = [answer for aspect, answers in right.items() if aspect != "kind" for answer in answers]
    return scores | {"attributes": share(rest)}
