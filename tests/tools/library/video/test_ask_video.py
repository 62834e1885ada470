import pytest

from tests.tools.known_videos import plain_film
from tools import BadArgument, Video
from tools.library.video.ask_video import VideoAnswerer, ask_video


class SaysHowLong(VideoAnswerer):
    def answer_video(self, video: Video, question: str) -> str:
        return f"{question} {video.seconds:g} seconds"


def test_the_model_gets_the_film_and_the_question():
    assert ask_video(SaysHowLong(), plain_film(1, 2, 3), "how long?") == "how long? 0.3 seconds"


def test_a_question_without_a_word_is_refused():
    with pytest.raises(BadArgument, match=r"there is no question in '\?'"):
        ask_video(SaysHowLong(), plain_film(1), "?")
