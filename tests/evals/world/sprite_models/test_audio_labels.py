"""Sentences from labels, read back by the reader of the world; the network knows the truth."""

from itertools import islice
from types import SimpleNamespace

import pytest
import torch

from evals.scoring.audio_scores import (
    ASPECTS,
    score_classifier,
    score_describer,
    to_audio,
    true_labels,
)
from evals.world.audio.sounds import Sound, sounds
from tools import Audio
from tools.adapters.transformers.pretrained import Pretrained
from tools.sprites.adapters.audio_labels import SoundLabels

LABELS = [label for labels in ASPECTS.values() for label in labels]


class Knowing(torch.nn.Module):
    """Is sure of everything that is true of the next sound, and of nothing else."""

    main_input_name = "pixel_values"

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(
            id2label=dict(enumerate(LABELS)), problem_type="multi_label_classification"
        )
        self.next: Sound | None = None

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        assert self.next
        true = set(true_labels(self.next.content).values())
        return SimpleNamespace(
            logits=torch.tensor([[5.0 if label in true else -5.0 for label in LABELS]])
        )


class Extractor:
    sampling_rate = 16_000

    def __call__(self, samples, sampling_rate, return_tensors):
        assert len(samples) == 2 * sampling_rate
        return {"input_values": torch.zeros(1, 198, 64)}


class Listener(SoundLabels):
    """Finds out by its samples which sound of the world it is given."""

    known: dict[bytes, Sound]

    def scores(self, audio: Audio):
        self.loaded.network.next = self.known[audio.samples.tobytes()]
        return super().scores(audio)


@pytest.fixture(scope="module")
def listener() -> Listener:
    made = Listener(
        Pretrained(Knowing(), Extractor(), "cpu", torch.float32), {"window": "2", "step": "1"}
    )
    every = islice(sounds("test", 1_000), 150)
    made.known = {to_audio(sound).samples.tobytes(): sound for sound in every}
    return made


def test_who_hears_everything_reaches_every_score(listener: Listener):
    scores = score_classifier(listener, 150)

    assert {aspect: score.share for aspect, score in scores.items()} == dict.fromkeys(ASPECTS, 1.0)


def test_the_sentence_tells_everything_that_is_heard(listener: Listener):
    scores = score_describer(listener, 150)

    assert {aspect: score.share for aspect, score in scores.items() if score.share != 1} == {}
    assert scores["everything"].cases == 150


def test_the_sentence_reads_like_one(listener: Listener):
    said = {listener.describe_sound(to_audio(sound)) for sound in listener.known.values()}

    assert said >= {"a bell four times", "a banjo playing the same low note three times"}
    assert not any("  " in text or text != text.strip() for text in said)
    assert not any(f" a {vowel}" in f" {text}" for text in said for vowel in "aeiou")
