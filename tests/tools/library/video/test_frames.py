import threading

import pytest

from tests.tools.known_audio import tone
from tests.tools.known_videos import plain_film
from tools import BadArgument
from tools.errors import Cancelled
from tools.library.video.frames import frames
from tools.sdk.call_context import CallContext, call_scope

FILM = plain_film(0, 50, 100, 150, 200, 250)


@pytest.mark.parametrize(
    ("count", "greys"),
    [(1, [0]), (2, [0, 250]), (3, [0, 100, 250]), (6, [0, 50, 100, 150, 200, 250])],
)
def test_pictures_are_taken_evenly_from_the_first_to_the_last(count, greys):
    pictures = frames(FILM, count)

    assert [round(int(picture.array()[24, 32, 0]), -1) for picture in pictures] == greys
    assert pictures[0].pixels.size == (64, 48)


def test_a_sound_that_outlasts_the_pictures_does_not_cost_the_last_one():
    film = plain_film(0, 100, 200, sound=tone(440, 2))

    assert len(frames(film, 4)) == 4
    assert round(int(frames(film, 4)[-1].array()[24, 32, 0]), -1) == 200


def test_a_short_film_gives_a_picture_more_than_once():
    assert len(frames(plain_film(100, 200), 8)) == 8


@pytest.mark.parametrize("count", [0, 33])
def test_no_pictures_and_too_many_are_refused(count):
    with pytest.raises(BadArgument, match=f"count is {count}; 1 to 32 are allowed"):
        frames(FILM, count)


def test_it_stops_when_it_is_asked_to():
    stop = threading.Event()
    stop.set()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        frames(FILM)
