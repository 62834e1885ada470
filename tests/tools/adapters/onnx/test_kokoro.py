import pytest

from tools.library.audio.speak import speak
from tools.library.audio.transcribe import transcribe


@pytest.mark.real
def test_kokoro_is_understood_by_whisper_and_says_the_same_text_alike(load_model):
    model = load_model("speak/kokoro-george")

    # The second sentence is one at which half precision overflows.
    audio = speak(model, "You may eat one. The concert begins at eight o'clock.")

    words = transcribe(load_model("transcribe/whisper-tiny-en"), audio)
    assert "The concert begins at eight o'clock." in words.replace("8", "eight")
    assert speak(model, "One.").digest == speak(model, "One.").digest
