"""The features of DeepFilterNet and its filter, checked by hand."""

import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools.adapters.onnx.deep_filter_net import (
    BANDS,
    FFT,
    FILTERED,
    HOP,
    RATE,
    TAPS,
    analyse,
    apply_taps,
    band_widths,
    features_of,
    synthesize,
)


def test_the_bands_are_two_frequencies_wide_at_least_and_cover_all() -> None:
    widths = band_widths()

    assert widths[:13] == (2,) * 13
    assert widths[13:] == (5, 5, 7, 7, 8, 10, 12, 13, 15, 18, 20, 24, 28, 31, 37, 42, 50, 56, 67)
    assert (len(widths), sum(widths)) == (BANDS, FFT // 2 + 1)


@pytest.mark.parametrize("length", [0, 1, HOP, 5 * HOP + 7])
def test_the_spectrum_is_inverted_exactly(length: int) -> None:
    samples = np.random.default_rng(1).normal(size=length).astype(np.float32)

    restored = synthesize(analyse(samples))[:length]

    assert restored == pytest.approx(samples, abs=1e-6)


def test_a_steady_tone_becomes_unit_magnitude_and_its_band_average() -> None:
    features = features_of(analyse(tone(1_000, 12, RATE).samples[0]))

    # 1 kHz is frequency 20, in band 10; after twelve time constants the mean is the value itself.
    assert abs(features.bands[-5, 10]) < 0.01
    real, imaginary = features.spectrum[:, -5, 20]
    assert np.hypot(real, imaginary) ** 2 == pytest.approx(
        np.abs(analyse(tone(1_000, 1, RATE).samples[0])[50, 20]) / FFT, rel=0.05
    )


def test_silence_has_finite_features() -> None:
    features = features_of(analyse(silence(30, RATE).samples[0]))

    assert np.isfinite(features.bands).all()
    assert np.isfinite(features.spectrum).all()


@pytest.mark.parametrize(("tap", "shift"), [(0, -2), (2, 0), (4, 2)])
def test_a_tap_takes_the_frame_at_its_distance(tap: int, shift: int) -> None:
    spectrum = np.arange(1, 9)[:, None] * np.ones((8, FFT // 2 + 1), complex)
    taps = np.zeros((4, FILTERED, TAPS, 2), np.float32)
    taps[:, :, tap] = (0, 1)

    filtered = apply_taps(spectrum, taps.reshape(4, FILTERED, -1), slice(2, 6))

    assert filtered[:, 7].tolist() == [1j * (frame + shift) for frame in (3, 4, 5, 6)]
