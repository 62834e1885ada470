import numpy as np
import pytest

from tests.tools.known_audio import silence
from tools import Audio, BadArgument
from tools.library.audio_editing.repeat import repeat
from tools.library.audio_editing.reverse import reverse

STEP = 1 / 32767
STEPS = Audio(np.array([[0.1, 0.2, 0.3], [-0.1, -0.2, -0.3]]), 2)


def test_a_sound_is_played_backwards():
    backwards = reverse(STEPS)

    assert backwards.samples[0].tolist() == pytest.approx([0.3, 0.2, 0.1], abs=STEP)
    assert backwards.samples[1].tolist() == pytest.approx([-0.3, -0.2, -0.1], abs=STEP)
    assert reverse(backwards).digest == STEPS.digest


def test_a_sound_is_played_several_times():
    twice = repeat(STEPS)

    assert twice.samples[0].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.1, 0.2, 0.3], abs=STEP)
    assert repeat(STEPS, 1).digest == STEPS.digest
    assert repeat(STEPS, 5).seconds == 7.5


@pytest.mark.parametrize(
    ("audio", "times", "message"),
    [
        (STEPS, 0, "times is 0; 1 to 1000 are allowed"),
        (STEPS, -1, "times is -1; 1 to 1000 are allowed"),
        (STEPS, 1_000_000, "times is 1000000; 1 to 1000 are allowed"),
        (silence(100, 10), 100, "it would last 10,000 seconds 100 times; 3,600 are allowed"),
    ],
)
def test_too_few_and_too_many_times_are_refused(audio, times, message):
    with pytest.raises(BadArgument) as caught:
        repeat(audio, times)

    assert caught.value.message == message


@pytest.mark.parametrize("change", [reverse, repeat])
def test_an_empty_sound_is_refused(change):
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        change(silence(0))
