import pytest

from tests.tools.known_audio import silence
from tools import Audio, BadArgument
from tools.library.audio.make_sound import SoundMaker, make_sound


class MakesSilence(SoundMaker):
    longest_s = 4.0

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        return silence(seconds)


def test_a_sound_lasts_as_long_as_asked():
    assert make_sound(MakesSilence(), "rain", seconds=3).seconds == 3


@pytest.mark.parametrize(
    ("prompt", "seconds", "message"),
    [
        ("…", 2, "there is nothing to be heard in '…'"),
        ("rain", 4.5, "seconds is 4.5; 0.5 to 4 are allowed"),
        ("rain", 0, "seconds is 0; 0.5 to 4 are allowed"),
    ],
)
def test_what_cannot_be_made_is_refused(prompt, seconds, message):
    with pytest.raises(BadArgument) as caught:
        make_sound(MakesSilence(), prompt, seconds)

    assert caught.value.message == message
