import numpy as np
import pytest

from tests.tools.known_audio import loudest_hertz, tone
from tests.tools.known_videos import click_film, click_second, greys_of, plain_film
from tools import BadArgument
from tools.library.video.sound_of import sound_of
from tools.library.video_editing.speed_video import speed_video
from tools.signal.video.video_frames import extract_audio

GREYS = list(range(0, 240, 10))
FILM = click_film(*GREYS, at=1.2)


@pytest.mark.parametrize(
    ("factor", "greys"),
    [
        (2, GREYS[::2]),
        (0.5, [grey for grey in GREYS for _ in range(2)]),
        (1, GREYS),
        (24, [110]),
    ],
)
def test_a_film_is_shown_faster_or_slower_at_its_own_frame_rate(factor, greys):
    changed = speed_video(FILM, factor)

    assert greys_of(changed) == greys
    assert changed.fps == 10


@pytest.mark.parametrize(("factor", "second"), [(2, 0.6), (0.5, 2.4), (1.5, 0.8)])
def test_the_sound_stays_in_time_with_the_frames(factor, second):
    assert click_second(speed_video(FILM, factor)) == pytest.approx(second, abs=0.05)


def test_the_sound_keeps_its_pitch():
    film = plain_film(*[100] * 20, sound=tone(440, 2, 48_000))

    assert loudest_hertz(sound_of(speed_video(film, 2))) == pytest.approx(440, rel=0.01)


def test_a_film_that_is_many_times_as_fast_is_silent():
    assert extract_audio(speed_video(FILM, 10)) is None
    assert extract_audio(speed_video(plain_film(0, 100), 2)) is None


def test_a_film_of_one_frame_keeps_it():
    for factor in (0.5, 2, 100):
        assert set(greys_of(speed_video(plain_film(100), factor))) == {100}


@pytest.mark.parametrize("factor", [0, -1, 101, 0.05, np.nan])
def test_a_factor_out_of_bounds_is_refused(factor):
    with pytest.raises(BadArgument, match=r"0\.1 to 100 are allowed"):
        speed_video(FILM, factor)
