import threading

import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.errors import Cancelled
from tools.library.audio.classify_sound import SoundClassifier, classify_sound
from tools.sdk.call_context import CallContext, call_scope


class HearsADogAndThenRain(SoundClassifier):
    labels = ("Dog", "Rain", "Music")
    window_s = 1.0
    step_s = 0.5

    def scores(self, audio: Audio) -> np.ndarray:
        return np.array(
            [[0.9, 0.1, 0.2], [0.5, 0.1, 0.2], [0.0, 0.6, 0.2], [0.0, 0.95, 0.29]], np.float32
        )


def test_the_surest_sound_comes_first_and_what_is_unsure_is_left_out():
    heard = classify_sound(HearsADogAndThenRain(), silence(2.2))

    assert heard.columns == ("sound", "score", "from second", "to second")
    assert heard.rows == (("Rain", 0.95, 1.0, 2.2), ("Dog", 0.9, 0.0, 1.5))


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        classify_sound(HearsADogAndThenRain(), silence(0))


@pytest.mark.real
def test_yamnet_tells_speech_from_a_tone(load_model, speech):
    model = load_model("classify_sound/yamnet")

    assert len(model.labels) == 521
    assert classify_sound(model, speech).rows[0] == ("Speech", 1.0, 0.0, 2.4)
    assert classify_sound(model, tone(440, 3)).rows[0][0] == "Sine wave"


@pytest.mark.real
@pytest.mark.parametrize("samples", [1, 16_000, 15_600 + 7_800 + 1])
def test_yamnet_hears_silence_of_any_length(load_model, samples):
    heard = classify_sound(load_model("classify_sound/yamnet"), Audio(np.zeros(samples), 16_000))

    assert heard.rows[0][0] == "Silence"
    assert heard.rows[0][3] == round(samples / 16_000, 1)


@pytest.mark.real
def test_yamnet_stops_when_it_is_asked_to(load_model, speech):
    stop = threading.Event()
    stop.set()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        classify_sound(load_model("classify_sound/yamnet"), speech)
