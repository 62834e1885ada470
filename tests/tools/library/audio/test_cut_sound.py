import numpy as np
import pytest

from tests.tools.known_audio import silence
from tools import Audio, BadArgument
from tools.library.audio.cut_sound import cut_sound
from tools.library.audio.join_sounds import join_sounds

STEP = 1 / 32767  # between two numbers of 16 bits, which sounds are held in
STEPS = Audio(np.arange(10) / 10, rate=2)


@pytest.mark.parametrize(
    ("start", "end", "samples"),
    [(0, 1, [0, 0.1]), (1.5, 3, [0.3, 0.4, 0.5]), (4, 99, [0.8, 0.9]), (4.9, 4.95, [0.9])],
)
def test_the_part_is_what_was_there(start, end, samples):
    part = cut_sound(STEPS, start, end)

    assert part.samples[0].tolist() == pytest.approx(samples, abs=STEP)
    assert part.rate == 2


def test_every_channel_is_cut():
    assert cut_sound(Audio(np.zeros((2, 10)), 2), 1, 2).samples.shape == (2, 2)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (5, 6)])
def test_a_part_that_is_not_there_is_refused(start, end):
    with pytest.raises(BadArgument) as caught:
        cut_sound(STEPS, start, end)

    assert caught.value.message == (
        f"the span from {start} to {end} seconds is empty or outside the recording of 5.0 seconds"
    )


def test_sounds_are_joined_in_their_order():
    joined = join_sounds([STEPS, Audio(np.array([0.5, 0.25]), 2)])

    assert joined.samples[0].tolist() == pytest.approx([*np.arange(10) / 10, 0.5, 0.25], abs=STEP)


def test_sounds_of_several_rates_and_channels_become_one():
    joined = join_sounds([silence(1, rate=8_000), Audio(np.zeros((2, 44_100)), 44_100)])

    assert joined.rate == 44_100
    assert joined.seconds == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    ("sounds", "message"),
    [
        ([], "there are no sounds to join"),
        ([silence(2_000, 10)] * 2, "the sounds last 4,000 seconds together; 3,600 are allowed"),
    ],
)
def test_no_sounds_and_too_many_are_refused(sounds, message):
    with pytest.raises(BadArgument) as caught:
        join_sounds(sounds)

    assert caught.value.message == message
