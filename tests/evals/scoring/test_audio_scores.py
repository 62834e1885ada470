"""The scores of who hears everything, of who hears one sound in all, and of makers they judge."""

import numpy as np
import pytest

from evals.scoring.audio_scores import (
    ASPECTS,
    claimed_labels,
    held_out_sounds,
    score_classifier,
    score_describer,
    score_sound_maker,
    to_audio,
    true_labels,
)
from tools import Audio
from tools.library.audio.classify_sound import SoundClassifier
from tools.library.audio.describe_sound import SoundDescriber
from tools.library.audio.make_sound import SoundMaker

CASES = 40
SOUNDS = held_out_sounds(CASES)
KNOWN = {to_audio(sound).samples.tobytes(): sound for sound in SOUNDS}


class HearsEverything(SoundClassifier, SoundDescriber):
    labels = tuple(label for labels in ASPECTS.values() for label in labels)
    window_s = step_s = 2.0

    def scores(self, audio: Audio):
        true = true_labels(KNOWN[audio.samples.tobytes()].content).values()
        return np.array([[float(label in true) for label in self.labels]], np.float32)

    def describe_sound(self, audio: Audio) -> str:
        return KNOWN[audio.samples.tobytes()].caption


class HearsRain(HearsEverything):
    def scores(self, audio: Audio):
        return np.array([[float(label == "rain") for label in self.labels]], np.float32)

    def describe_sound(self, audio: Audio) -> str:
        return "rain"


class PlaysWhatIsAsked(SoundMaker):
    longest_s = 2.0

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        found = SOUNDS[seed]
        assert prompt in (found.speak(0), found.speak(0, "unseen"))
        return to_audio(found)


class PlaysTheNext(SoundMaker):
    longest_s = 2.0

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        return to_audio(SOUNDS[(seed + 1) % CASES])


def test_who_hears_everything_reaches_every_score():
    listener = HearsEverything()

    scores = {**score_classifier(listener, CASES), **score_describer(listener, CASES)}

    assert {name: score.share for name, score in scores.items() if score.share != 1} == {}
    assert scores["kind"].cases == CASES


def test_who_hears_rain_in_everything_is_right_where_it_rains():
    rain = sum(sound.content.name == "rain" for sound in SOUNDS) / CASES

    assert score_classifier(HearsRain(), CASES)["kind"].share == pytest.approx(rain)
    assert score_classifier(HearsRain(), CASES)["times"].share == 0
    assert score_describer(HearsRain(), CASES)["kind"].share == pytest.approx(rain)


@pytest.mark.parametrize("phrasing", ["seen", "unseen"])
def test_who_plays_what_is_asked_reaches_every_score(phrasing):
    scores = score_sound_maker(PlaysWhatIsAsked(), HearsEverything(), CASES, phrasing)

    assert {name: score.share for name, score in scores.items() if score.share != 1} == {}


def test_who_plays_something_else_does_not():
    scores = score_sound_maker(PlaysTheNext(), HearsEverything(), CASES)

    assert scores["kind"].share < 0.3
    assert scores["attributes"].share < 0.6


def test_a_sentence_claims_what_a_listener_can_hear():
    assert claimed_labels("a soft piano playing a slow rising scale") == {
        "kind": "piano", "pattern": "rising scale", "loudness": "soft", "tempo": "slow"
    }  # fmt: skip
    assert claimed_labels("three bells") == {"kind": "bell", "times": "three times"}
