import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio.describe_sound import SoundDescriber, describe_sound


class SaysHowLong(SoundDescriber):
    def describe_sound(self, audio: Audio) -> str:
        return f"something for {audio.seconds:g} seconds"


def test_the_model_hears_the_whole_sound():
    assert describe_sound(SaysHowLong(), tone(440, 1.5)) == "something for 1.5 seconds"


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="the sound has a length of 0 seconds"):
        describe_sound(SaysHowLong(), silence(0))
