import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.tools.known_audio import RATE, signal_to_noise, silence
from tools import Audio, BadArgument
from tools.adapters.gap_patching import Patching
from tools.library.audio.fill_sound import fill_sound


def melody() -> np.ndarray:
    """Eight notes, a quarter of a second each, three times over."""
    time = np.arange(RATE // 4) / RATE
    notes = [
        np.sin(2 * np.pi * 220 * 2 ** (step / 12) * time) * np.exp(-3 * time)
        for step in (0, 4, 7, 12, 7, 4, 0, -5)
    ]
    return np.tile(np.concatenate(notes) * 0.5, 3)


def with_gap(samples: np.ndarray, start: float, end: float) -> tuple[Audio, slice]:
    gap = slice(int(start * RATE), round(end * RATE))
    broken = samples.copy()
    broken[gap] = 0
    return Audio(broken, RATE), gap


@pytest.mark.parametrize(("start", "end"), [(2.1, 2.11), (2.1, 2.14), (2.1, 2.3), (2.1, 3.6)])
def test_a_gap_in_music_is_filled_with_what_was_there(start, end):
    broken, gap = with_gap(melody(), start, end)

    filled = fill_sound(Patching(), broken, start, end).samples[0]

    assert signal_to_noise(melody()[gap], filled[gap]) > 15


def test_what_is_far_from_the_gap_is_left_alone():
    broken, gap = with_gap(melody(), 2.1, 2.6)

    filled = fill_sound(Patching(), broken, 2.1, 2.6).samples[0]

    assert np.array_equal(filled[: gap.start - 320], broken.samples[0, : gap.start - 320])
    assert np.array_equal(filled[gap.stop + 320 :], broken.samples[0, gap.stop + 320 :])


@pytest.mark.parametrize(("start", "end"), [(0, 0.02), (5.98, 6), (0, 0.5), (5.5, 6)])
def test_a_gap_at_either_end_is_filled_from_the_other_side(start, end):
    broken, gap = with_gap(melody(), start, end)

    filled = fill_sound(Patching(), broken, start, end)

    assert filled.samples.shape == broken.samples.shape
    assert np.abs(filled.samples[0, gap]).max() > 0.05


def test_a_gap_that_leaves_nothing_to_fill_it_with_is_refused():
    broken, _ = with_gap(melody()[: 2 * RATE], 0.2, 1.8)

    with pytest.raises(BadArgument, match="neither side holds a part of its length"):
        fill_sound(Patching(), broken, 0.2, 1.8)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (1, 1, "the span from 1 to 1 seconds is empty"),
        (7, 8, "the span from 7 to 8 seconds is empty or outside"),
        (0, 30, "the gap lasts 30.0 seconds; 10 are allowed"),
    ],
)
def test_a_gap_that_is_not_there_or_too_long_is_refused(start, end, message):
    with pytest.raises(BadArgument, match=message):
        fill_sound(Patching(), Audio(melody(), RATE), start, end)


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        fill_sound(Patching(), silence(0), 0, 1)


@examples(30)
@given(st.integers(1, 2), st.integers(2, 4_000), st.floats(0, 0.9), st.floats(0.01, 0.5))
def test_any_gap_is_filled_or_refused(channels, length, start, share):
    noise = np.random.default_rng(0).uniform(-1, 1, (channels, length))
    seconds = length / 8_000
    try:
        filled = fill_sound(
            Patching(), Audio(noise, 8_000), start * seconds, (start + share) * seconds
        )
    except BadArgument:
        return

    assert filled.samples.shape == (channels, length)
