import threading

import numpy as np
import pytest

from tools import Audio, BadArgument
from tools.errors import Cancelled
from tools.library.audio.transcribe import Transcriber, transcribe
from tools.sdk.call_context import CallContext, Progress, call_scope


class HearsNothing(Transcriber):
    def transcribe(self, audio: Audio) -> str:
        return ""


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        transcribe(HearsNothing(), Audio(np.zeros(0), 16_000))


@pytest.mark.real
def test_whisper_writes_down_the_sentence(load_model, speech):
    words = transcribe(load_model("transcribe/whisper-tiny-en"), speech)

    assert words == "The concert begins at 8 o'clock."


@pytest.mark.real
@pytest.mark.parametrize("samples", [1, 16_000])
def test_whisper_hears_no_words_in_silence(load_model, samples):
    model = load_model("transcribe/whisper-tiny-en")

    assert transcribe(model, Audio(np.zeros(samples), 16_000)) == ""


@pytest.mark.real
def test_whisper_tells_how_far_it_has_come(load_model, speech):
    two_windows = Audio(np.concatenate([speech.samples[0], np.zeros(30 * 16_000)]), 16_000)
    seen: list[Progress] = []

    with call_scope(CallContext(seen.append)):
        transcribe(load_model("transcribe/whisper-tiny-en"), two_windows)

    assert [progress.message for progress in seen] == [
        "0 of 32 seconds heard",
        "30 of 32 seconds heard",
    ]


@pytest.mark.real
def test_whisper_stops_when_it_is_asked_to(load_model, speech):
    stop = threading.Event()
    stop.set()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        transcribe(load_model("transcribe/whisper-tiny-en"), speech)
