import numpy as np
import pytest

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


def test_a_tone_keeps_its_pitch():
    back = waveform(log_mel(tone(880)))

    spectrum = np.abs(np.fft.rfft(back[: RATE // 2]))
    assert 2 * int(spectrum.argmax()) == pytest.approx(880, abs=12)


def test_silence_comes_back_as_silence():
    assert not waveform(np.full((MELS, 20), -1, np.float32)).any()
