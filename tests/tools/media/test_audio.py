import numpy as np

from tools import Audio


def test_a_sound_becomes_mono_at_another_rate():
    audio = Audio(np.stack([np.full(48_000, 0.5), np.full(48_000, 0.1)]), 48_000)

    samples = audio.mono(16_000)

    assert samples.shape == (16_000,)
    assert abs(float(samples[8_000]) - 0.3) < 0.001


def test_an_empty_sound_stays_empty_at_any_rate():
    assert Audio(np.zeros(0), 8_000).mono(16_000).size == 0


def test_samples_stay_between_minus_one_and_one():
    audio = Audio(np.array([2.0, -3.0, np.nan]), 8_000)

    assert audio.samples.tolist() == [[1, -1, 0]]


def test_a_sound_survives_being_kept():
    audio = Audio(np.sin(np.arange(100)), 8_000)

    assert Audio.decode(audio.encode()).digest == audio.digest
