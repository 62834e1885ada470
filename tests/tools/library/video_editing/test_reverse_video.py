import pytest

from tests.tools.known_videos import click_film, click_second, greys_of, plain_film
from tools.library.video_editing.reverse_video import reverse_video

GREYS = list(range(0, 250, 10))


def test_the_last_frame_comes_first_and_the_sound_is_played_backwards():
    backwards = reverse_video(click_film(*GREYS, at=1.0))

    assert greys_of(backwards) == GREYS[::-1]
    assert click_second(backwards) == pytest.approx(1.5, abs=0.003)
    assert backwards.seconds == pytest.approx(2.5, abs=0.03)


@pytest.mark.parametrize("frames", [2, 7, 24, 25])
def test_a_film_that_does_not_fit_into_memory_is_reversed_in_parts(monkeypatch, frames):
    monkeypatch.setattr(
        "tools.library.video_editing.reverse_video.CHUNK_BYTES", frames * 64 * 48 * 3
    )

    backwards = reverse_video(click_film(*GREYS, at=1.0))

    assert greys_of(backwards) == GREYS[::-1]
    assert click_second(reverse_video(backwards)) == pytest.approx(1.0, abs=0.003)


def test_a_film_of_one_frame_and_without_sound_is_the_same_backwards():
    assert greys_of(reverse_video(plain_film(100))) == [100]
