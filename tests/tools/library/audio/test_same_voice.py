import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio.change_voice import change_voice
from tools.library.audio.same_voice import VoiceEncoder, same_voice
from tools.library.audio.speak import speak
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES


class HearsRates(VoiceEncoder):
    """A voice is told by the rate of its sound."""

    def voice(self, audio: Audio) -> NDArray[np.float32] | None:
        if not audio.samples.any():
            return None
        angle = audio.rate / 16_000 * np.pi / 3
        return np.array([np.cos(angle), np.sin(angle)], np.float32)


@pytest.mark.parametrize(("rate", "alike"), [(16_000, 1.0), (32_000, 0.5), (8_000, 0.866)])
def test_voices_are_as_alike_as_their_vectors(rate, alike):
    assert same_voice(HearsRates(), tone(300, 1), tone(300, 1, rate)) == alike


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (silence(0), "a length of 0 seconds"),
        (silence(2), "too little is heard in a sound of 2.0 seconds to tell the voice"),
        (tone(300, 0.3), "too little is heard in a sound of 0.3 seconds to tell the voice"),
    ],
)
def test_a_sound_without_a_voice_is_refused(other, message):
    for sounds in ((tone(300, 1), other), (other, tone(300, 1))):
        with pytest.raises(BadArgument, match=message):
            same_voice(HearsRates(), *sounds)


@pytest.mark.real
def test_one_voice_is_alike_and_another_is_not(load_model, speech):
    model = load_model("same_voice/resemblyzer")
    other_words = speak(load_model("speak/hibari"), "Bring some apples and a bottle of milk home.")
    noisy = open_media(SAMPLES["noisy_speech"])
    assert isinstance(noisy, Audio)

    assert same_voice(model, speech, speech) == 1
    assert same_voice(model, speech, other_words) > 0.75
    assert same_voice(model, speech, change_voice(speech, pitch=-6)) < 0.75


@pytest.mark.real
def test_silence_has_no_voice(load_model):
    model = load_model("same_voice/resemblyzer")

    assert model.voice(silence(2)) is None
    assert model.voice(Audio(np.zeros(1), 16_000)) is None
