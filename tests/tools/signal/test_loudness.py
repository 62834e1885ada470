"""The cases of EBU Tech 3341, which say what a loudness meter must show."""

import numpy as np
import pytest

from tools.signal.limiter import limited
from tools.signal.loudness import integrated_loudness, true_peaks

RATE = 48_000


def stereo(*parts: tuple[float, float], rate: int = RATE) -> np.ndarray:
    """A tone of 1 kHz in both channels: levels in decibels and their seconds."""
    row = np.concatenate(
        [
            10 ** (level / 20) * np.sin(2 * np.pi * 1_000 * np.arange(round(s * rate)) / rate)
            for level, s in parts
        ]
    )
    return np.stack([row, row]).astype(np.float32)


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_the_meter_shows_what_the_standard_asks_for(parts, lufs):
    assert integrated_loudness(stereo(*parts), RATE) == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 96_000])
def test_the_rate_does_not_matter(rate):
    assert integrated_loudness(stereo((-23, 3), rate=rate), rate) == pytest.approx(-23, abs=0.3)


def test_one_channel_is_three_decibels_softer_than_two():
    assert integrated_loudness(stereo((-23, 3))[:1], RATE) == pytest.approx(-26, abs=0.1)


def test_a_short_sound_has_a_loudness_and_silence_has_none():
    assert integrated_loudness(stereo((-20, 0.05)), RATE) == pytest.approx(-20, abs=1.5)
    assert integrated_loudness(np.zeros((1, RATE), np.float32), RATE) == -np.inf
    assert integrated_loudness(np.zeros((1, 0), np.float32), RATE) == -np.inf


def test_peaks_between_samples_are_found():
    # Four samples a period, none of them at its peak.
    wave = np.sin(np.pi / 2 * np.arange(4_800) + np.pi / 4)[None].astype(np.float32)

    assert np.abs(wave).max() == pytest.approx(0.707, abs=0.001)
    assert true_peaks(wave, 48)[10:-10].max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("length", [1, 5, 700, 300_000])
def test_limited_noise_stays_below_the_ceiling(length):
    noise = np.random.default_rng(0).normal(0, 0.5, (2, length)).astype(np.float32)

    quieter = limited(noise, RATE, 0.5)

    assert quieter.shape == noise.shape
    assert true_peaks(quieter, 48).max() <= 0.51
