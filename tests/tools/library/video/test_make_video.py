import pytest

from tests.tools.known_videos import plain_film
from tools import BadArgument, Video
from tools.library.video.make_video import VideoMaker, make_video


class MakesItGrey(VideoMaker):
    longest_s = 2.0

    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        return plain_film(*[90] * round(seconds * 10))


def test_a_film_lasts_as_long_as_asked():
    assert make_video(MakesItGrey(), "fog", seconds=1).seconds == 1


@pytest.mark.parametrize(
    ("prompt", "seconds", "message"),
    [
        ("", 2, "there is nothing to film in ''"),
        ("fog", 60, "seconds is 60; 0.5 to 2 are allowed"),
    ],
)
def test_what_cannot_be_filmed_is_refused(prompt, seconds, message):
    with pytest.raises(BadArgument) as caught:
        make_video(MakesItGrey(), prompt, seconds)

    assert caught.value.message == message
