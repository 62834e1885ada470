import numpy as np
import pytest

from tools import Audio, BadArgument
from tools.library.audio.speak import SpeechSynthesizer, speak
from tools.library.audio.transcribe import transcribe
from tools.sdk.call_context import CallContext, Progress, call_scope


class Mute(SpeechSynthesizer):
    def speak(self, text: str) -> Audio:
        return Audio(np.zeros(0), 16_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is nothing to speak in ''"),
        (" …!\n", "there is nothing to speak in ' …!\\n'"),
        ("a" * 5_001, "the text to speak has 5,001 characters; 5,000 are allowed"),
        ("日本", "nothing in '日本' can be pronounced"),
    ],
)
def test_what_cannot_be_spoken_is_refused(text, message):
    with pytest.raises(BadArgument) as caught:
        speak(Mute(), text)

    assert caught.value.message == message


@pytest.mark.real
def test_hibari_is_understood_by_whisper(load_model):
    audio = speak(load_model("speak/hibari"), "The apples are on the table. You may eat one.")

    words = transcribe(load_model("transcribe/whisper-tiny-en"), audio)

    assert words == "The apples are on the table. You may eat one."


@pytest.mark.real
def test_hibari_says_the_same_text_alike_and_tells_how_far_it_has_come(load_model):
    model = load_model("speak/hibari")
    seen: list[Progress] = []

    with call_scope(CallContext(seen.append)):
        audio = speak(model, "One. Two.")

    assert audio.digest == speak(model, "One. Two.").digest
    assert [progress.message for progress in seen] == ["sentence 1 of 2", "sentence 2 of 2"]
