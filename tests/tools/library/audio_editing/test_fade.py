import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio_editing.fade import fade

STEP = 1 / 32767
EVEN = Audio(np.full((2, 1_000), 0.8), 100)


def test_a_sound_rises_and_falls_along_half_a_cosine():
    faded = fade(EVEN, 2, 4)

    left, right = faded.samples
    assert left.tolist() == right.tolist()
    assert left[[0, 50, 100, 200, 500, 599]].tolist() == pytest.approx(
        [0, 0.8 * 0.146447, 0.4, 0.8, 0.8, 0.8], abs=1e-4
    )
    assert left[[799, 999]].tolist() == pytest.approx([0.4, 0], abs=1e-4)


def test_zero_seconds_leave_a_side_as_it_is():
    assert fade(EVEN, 0, 0).digest == EVEN.digest
    assert fade(EVEN, 0, 2).samples[0, 0] == pytest.approx(0.8, abs=STEP)
    assert fade(EVEN, 2, 0).samples[0, -1] == pytest.approx(0.8, abs=STEP)


def test_in_a_short_sound_both_are_shortened_in_proportion():
    faded = fade(EVEN, 30, 10).samples[0]

    assert faded[[0, 375, 750, 999]].tolist() == pytest.approx([0, 0.4, 0.8, 0], abs=2e-3)


def test_a_sound_of_one_sample_can_be_faded():
    assert fade(Audio(np.array([0.5]), 100)).samples.shape == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 2), "fade_in is -1; 0 to 3600 are allowed"),
        ((1, -2), "fade_out is -2; 0 to 3600 are allowed"),
        ((float("nan"), 2), "fade_in is nan; 0 to 3600 are allowed"),
    ],
)
def test_negative_seconds_are_refused(arguments, message):
    with pytest.raises(BadArgument) as caught:
        fade(tone(440, 1), *arguments)

    assert caught.value.message == message


def test_an_empty_sound_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        fade(silence(0))
