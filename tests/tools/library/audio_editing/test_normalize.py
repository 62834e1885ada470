import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio_editing.normalize import normalize
from tools.signal.loudness import integrated_loudness, true_peaks


@pytest.mark.parametrize("loudness", [0.004, 0.05, 0.9])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_quiet_and_a_loud_sound_get_the_same_loudness(loudness, rate):
    usual = normalize(tone(1_000, 2, rate, loudness))

    assert integrated_loudness(usual.samples, rate) == pytest.approx(-16, abs=0.3)


def test_short_peaks_are_limited_and_do_not_keep_a_sound_quiet():
    quiet = tone(1_000, 5, 48_000, 0.02).samples[0].copy()
    quiet[::24_000] = 0.9

    usual = normalize(Audio(quiet, 48_000))

    assert integrated_loudness(usual.samples, 48_000) == pytest.approx(-16, abs=0.3)
    assert true_peaks(usual.samples, 48).max() <= 10 ** (-1 / 20) + 0.001


def test_pauses_do_not_count():
    tone_with_pause = np.concatenate([tone(1_000, 2, 16_000, 0.1).samples[0], np.zeros(96_000)])

    usual = normalize(Audio(tone_with_pause, 16_000))

    # A tone of 1 kHz at -16 LUFS has this magnitude in one channel.
    assert np.abs(usual.samples[0, 8_000:24_000]).max() == pytest.approx(0.224, abs=0.01)


def test_a_nearly_silent_sound_is_raised_by_forty_decibels_and_no_more():
    usual = normalize(tone(1_000, 2, 48_000, 0.0005))

    assert np.abs(usual.samples).max() == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize(
    ("audio", "message"),
    [(silence(2), "the sound is silent"), (silence(0), "a length of 0 seconds")],
)
def test_a_sound_without_loudness_is_refused(audio, message):
    with pytest.raises(BadArgument, match=message):
        normalize(audio)
