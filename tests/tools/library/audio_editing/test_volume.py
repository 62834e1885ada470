import numpy as np
import pytest

from tests.tools.known_audio import loudest_hertz, silence, tone
from tools import Audio, BadArgument
from tools.library.audio_editing.volume import volume

STEP = 4 / 32767


@pytest.mark.parametrize(
    ("factor", "samples"), [(0.5, [0.1, -0.2, 0.05]), (2, [0.4, -0.8, 0.2]), (0, [0, 0, 0])]
)
def test_every_sample_is_multiplied(factor, samples):
    changed = volume(Audio(np.array([0.2, -0.4, 0.1]), 8_000), factor)

    assert changed.samples[0].tolist() == pytest.approx(samples, abs=STEP)


def test_every_channel_is_multiplied():
    changed = volume(Audio(np.array([[0.1, 0.1], [0.2, 0.2]]), 8_000), 3)

    assert changed.samples[:, 0].tolist() == pytest.approx([0.3, 0.6], abs=STEP)


def test_what_would_clip_is_limited_and_keeps_the_shape_of_its_waves():
    loud = volume(tone(440, 1, loudness=0.8), 4)

    assert np.abs(loud.samples).max() == pytest.approx(0.99, abs=0.001)
    # Clipped at 0.99 a wave of 3.2 would stay there for four fifths of its time.
    assert (np.abs(loud.samples) > 0.98).mean() < 0.15
    assert loudest_hertz(loud) == pytest.approx(440, abs=1)


def test_only_what_is_near_a_peak_is_limited():
    samples = np.full(16_000, 0.1)
    samples[8_000] = 0.9

    louder = volume(Audio(samples, 16_000), 4).samples[0]

    assert louder[8_000] == pytest.approx(0.99, abs=0.01)
    assert louder[[0, 7_000, 9_000]].tolist() == pytest.approx([0.4, 0.4, 0.4], abs=STEP)


@pytest.mark.parametrize("factor", [-1, 21, float("nan")])
def test_a_factor_out_of_bounds_is_refused(factor):
    with pytest.raises(BadArgument, match="0 to 20 are allowed"):
        volume(tone(440, 0.1), factor)


def test_a_silent_sound_stays_silent_and_an_empty_one_is_refused():
    assert not volume(silence(1), 5).samples.any()
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        volume(silence(0), 2)
