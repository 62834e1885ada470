import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio.find_speech import SpeechFinder, find_speech


class Hears(SpeechFinder):
    step_s = 0.1

    def __init__(self, *chances: float) -> None:
        self.given = chances

    def speech_probabilities(self, audio: Audio) -> np.ndarray:
        return np.array(self.given, np.float32)


@pytest.mark.parametrize(
    ("chances", "spans"),
    [
        ((0.1, 0.1, 0.1), ()),
        ((0.9, 0.9, 0.9, 0.1), ((0.0, 0.35),)),
        ((0.1, 0.9, 0.4, 0.4, 0.3), ((0.05, 0.45),)),
        ((0.1, 0.4, 0.4, 0.4, 0.1), ()),
        ((0.9, 0.9, 0.1, 0.1, 0.9, 0.9), ((0.0, 0.6),)),
        ((0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9), ((0.0, 0.35), (0.65, 1.0))),
        ((0.1, 0.9, 0.9, 0.1), ()),
    ],
)
def test_speech_lasts_through_short_pauses_and_is_not_a_short_noise(chances, spans):
    found = find_speech(Hears(*chances), silence(len(chances) / 10))

    assert found.rows == spans


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        find_speech(Hears(), silence(0))


@pytest.mark.real
def test_silero_finds_both_sentences_between_silences(load_model, speech):
    gap = np.zeros(3 * 16_000)
    twice = np.concatenate([gap, speech.samples[0], gap, speech.samples[0], gap])

    found = find_speech(load_model("find_speech/silero-vad-6"), Audio(twice, 16_000))

    first, second = found.rows
    assert first == pytest.approx((3.25, 5.05), abs=0.15)
    assert second == pytest.approx((8.62, 10.42), abs=0.15)


@pytest.mark.real
@pytest.mark.parametrize(
    "audio", [silence(2), Audio(np.zeros((2, 1)), 44_100), tone(440, 40, rate=8_000)]
)
def test_silero_finds_nothing_where_nobody_speaks(load_model, audio):
    assert find_speech(load_model("find_speech/silero-vad-6"), audio).rows == ()
