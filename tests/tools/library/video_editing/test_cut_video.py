import pytest

from tests.tools.known_videos import click_film, click_second, greys_of, plain_film
from tools import BadArgument
from tools.library.video_editing.cut_video import cut_video

GREYS = list(range(0, 250, 10))
FILM = click_film(*GREYS, at=1.0)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (0.5, 1.5, 50, 140),
        (0, 0.3, 0, 20),
        (2, 99, 200, 240),
        (-1, None, 150, 240),
        (-1, -0.5, 150, 190),
        (0.5, -0.5, 50, 190),
        (-99, 0.2, 0, 10),
        (2.45, 2.5, 240, 240),
    ],
)
def test_the_frames_between_two_seconds_are_kept(start, end, first, last):
    assert greys_of(cut_video(FILM, start, end)) == list(range(first, last + 10, 10))


def test_the_sound_is_cut_with_the_frames():
    part = cut_video(FILM, 0.5, 1.5)

    assert part.seconds == pytest.approx(1, abs=0.03)
    assert click_second(part) == pytest.approx(0.5, abs=0.003)
    # However often a film is cut, its sound does not come later.
    again = cut_video(cut_video(cut_video(FILM, 0.1), 0.1), 0.1)
    assert click_second(again) == pytest.approx(0.7, abs=0.003)


def test_a_whole_film_stays_as_it_is():
    assert cut_video(FILM) is FILM
    assert cut_video(FILM, 0, 99) is FILM


def test_a_film_without_sound_and_of_one_frame_can_be_cut():
    assert greys_of(cut_video(plain_film(0, 100, 200), 0.1, 0.2)) == [100]
    assert greys_of(cut_video(plain_film(100), 0, 0.05)) == [100]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (
            3,
            None,
            "the span from 3 to 2.5 seconds is empty or outside the recording of 2.5 seconds",
        ),
        (3, 5, "the span from 3 to 5 seconds is empty or outside the recording of 2.5 seconds"),
        (1, 1, "the span from 1 to 1 seconds is empty or outside the recording of 2.5 seconds"),
        (2, 1, "the span from 2 to 1 seconds is empty or outside the recording of 2.5 seconds"),
        (-1, 1, "the span from 1.5 to 1 seconds is empty or outside the recording of 2.5 seconds"),
        (float("nan"), None, "start is nan"),
    ],
)
def test_a_part_that_is_not_there_is_refused(start, end, message):
    with pytest.raises(BadArgument) as caught:
        cut_video(FILM, start, end)

    assert caught.value.message == message
