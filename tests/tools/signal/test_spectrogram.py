import numpy as np
import pytest

from evals.world.audio.sounds import make_sound
from tools.signal.spectrogram import HOP, MELS, RATE, log_mel, waveform


def tone(hertz: float, loudness: float = 0.5) -> np.ndarray:
    return (loudness * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.float32)


def test_it_says_how_loud_each_band_is_in_each_frame():
    heard = log_mel(tone(1_000))

    assert heard.shape == (MELS, RATE // HOP + 1)
    assert heard.min() == -1
    assert heard.max() < 1


def test_a_higher_tone_is_in_a_higher_band():
    bands = [int(log_mel(tone(hertz))[:, 30].argmax()) for hertz in (100, 300, 1_000, 5_000)]

    assert bands == sorted(set(bands))


def test_ten_times_the_power_is_ten_decibels_more():
    louder, softer = (log_mel(tone(1_000, loudness)).max() for loudness in (0.5, 0.5 / 10**0.5))

    # The scale from -1 to 1 has 93 decibels.
    assert (louder - softer) * 93 / 2 == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("number", [0, 2, 5])
def test_what_comes_back_sounds_alike(number: int):
    sound = make_sound("train", 0, number)

    back = waveform(log_mel(sound.samples))

    assert np.abs(log_mel(back)[:, :125] - log_mel(sound.samples)[:, :125]).mean() < 0.02
    assert np.abs(back).max() < 3 * np.abs(sound.samples).max()


def test_a_tone_keeps_its_pitch():
    back = waveform(log_mel(tone(880)))

    spectrum = np.abs(np.fft.rfft(back[: RATE // 2]))
    assert 2 * int(spectrum.argmax()) == pytest.approx(880, abs=12)


def test_silence_comes_back_as_silence():
    assert not waveform(np.full((MELS, 20), -1, np.float32)).any()
