import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio_editing.mix import mix

STEP = 2 / 32767


def test_samples_are_added_up_and_the_longest_sound_ends_last():
    mixed = mix([Audio(np.array([0.1, 0.2]), 8_000), Audio(np.array([0.3, 0.3, 0.3]), 8_000)])

    assert mixed.samples.tolist() == [pytest.approx([0.4, 0.5, 0.3], abs=STEP)]


def test_one_channel_is_heard_in_both_of_another_sound():
    stereo = Audio(np.array([[0.1, 0.1], [0.2, 0.2]]), 8_000)

    mixed = mix([Audio(np.array([0.3]), 8_000), stereo])

    assert mixed.samples[0].tolist() == pytest.approx([0.4, 0.1], abs=STEP)
    assert mixed.samples[1].tolist() == pytest.approx([0.5, 0.2], abs=STEP)


def test_sounds_of_two_rates_get_the_higher_one():
    mixed = mix([silence(1, 8_000), silence(2, 44_100)])

    assert (mixed.rate, mixed.seconds) == (44_100, 2)


def test_a_sum_that_would_clip_is_limited():
    mixed = mix([tone(440, 1, loudness=0.9)] * 3)

    assert np.abs(mixed.samples).max() == pytest.approx(0.99, abs=0.001)
    assert (np.abs(mixed.samples) > 0.98).mean() < 0.15


def test_one_sound_alone_stays_as_it_is():
    assert mix([tone(440, 1)]).digest == tone(440, 1).digest


@pytest.mark.parametrize("sounds", [[], [silence(1)] * 33])
def test_no_sounds_and_too_many_are_refused(sounds):
    with pytest.raises(BadArgument) as caught:
        mix(sounds)

    assert caught.value.message == (f"there are {len(sounds)} sounds to mix; 1 to 32 are allowed")


def test_an_empty_sound_adds_nothing():
    assert mix([silence(0), tone(440, 1)]).digest == tone(440, 1).digest
