"""Which sounds the small models get: those of the world, also made by them, and no recording."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import tools
from evals.world.audio.instruments import RATE
from evals.world.audio.sounds import sounds
from tools import Audio
from tools.signal.spectrogram import log_mel, waveform
from tools.sprites.audio_domain import is_sprite_audio

SAMPLES = Path(tools.__file__).with_name("samples")


def recording(name: str) -> Audio:
    return Audio.decode((SAMPLES / name).read_bytes())


def test_sounds_of_the_world_are_known():
    right = [
        is_sprite_audio(Audio(sound.samples, RATE)) for sound in islice(sounds("test", 11), 300)
    ]

    assert sum(right) >= 0.98 * len(right)


@pytest.mark.slow
def test_sounds_computed_from_spectrograms_are_known_too():
    right: list[bool] = []
    for sound in islice(sounds("test", 12), 10):
        made = waveform(log_mel(sound.samples))[: 2 * RATE]
        right.append(is_sprite_audio(Audio(made, RATE)))

    assert sum(right) >= 9


@pytest.mark.parametrize("name", ["speech.wav", "noisy_speech.wav"])
def test_a_recording_is_none_of_them(name: str):
    assert not is_sprite_audio(recording(name))


def test_two_seconds_cut_out_of_clear_speech_are_none():
    samples = recording("speech.wav").mono(RATE)
    # Its first quarter of a second is silent.
    parts = [samples[start : start + 2 * RATE] for start in range(4_800, 6_000, 100)]

    assert not any(is_sprite_audio(Audio(part, RATE)) for part in parts)


def test_what_has_high_pitches_is_none():
    chance = np.random.default_rng(1)
    hiss = 0.3 * chance.standard_normal(2 * 48_000).astype(np.float32)

    assert not is_sprite_audio(Audio(hiss, 48_000))


def test_silence_is_none():
    assert not is_sprite_audio(Audio(np.zeros(2 * RATE, np.float32), RATE))
