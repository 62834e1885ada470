import numpy as np
import PIL.Image
import pytest

from tests.tools.known_audio import tone
from tests.tools.known_videos import greys_of, plain_film
from tools import BadArgument, Image, Video
from tools.library.video.join_video import join_video
from tools.library.video.slideshow import slideshow
from tools.library.video.sound_of import sound_of


def picture(grey: int, size: tuple[int, int] = (64, 48)) -> Image:
    return Image(PIL.Image.new("RGB", size, (grey, grey, grey)))


def test_films_are_shown_one_after_the_other():
    assert greys_of(join_video([plain_film(50, 100), plain_film(200)])) == [50, 100, 200]


def test_a_film_of_another_pace_keeps_its_length():
    joined = join_video([plain_film(0, 0, fps=10), plain_film(100, 100, 200, 200, fps=20)])

    assert joined.fps == 10
    assert greys_of(joined) == [0, 0, 100, 200]
    slower = join_video([plain_film(0, 0, fps=10), plain_film(100, 200, fps=5)])
    assert greys_of(slower) == [0, 0, 100, 100, 200, 200]


def test_a_film_of_another_size_is_fitted_into_the_first_ones():
    wide = Video.of_frames([np.full((24, 96, 3), 200, np.uint8)], 10)

    _, shown = join_video([plain_film(0), wide]).frames()

    assert shown.shape == (48, 64, 3)
    assert shown[24, 32, 0] == pytest.approx(200, abs=8)
    assert shown[4, 32, 0] == pytest.approx(0, abs=8)


def test_the_sound_of_a_film_is_heard_in_its_place():
    silent, loud = plain_film(*[0] * 10), plain_film(*[0] * 10, sound=tone(440, 1))

    heard = sound_of(join_video([silent, loud]))

    assert np.abs(heard.samples[0, : round(0.9 * heard.rate)]).max() < 0.05
    assert np.abs(heard.samples[0, round(1.2 * heard.rate) :]).max() > 0.4


def test_films_without_sound_make_a_film_without_sound():
    with pytest.raises(BadArgument, match="has no sound"):
        sound_of(join_video([plain_film(0), plain_film(0)]))


def test_no_films_are_refused():
    with pytest.raises(BadArgument, match="there are no films to join"):
        join_video([])


@pytest.mark.parametrize(
    ("seconds_each", "pictures", "seconds"),
    [(1.0, [0] * 10 + [200] * 10, 2.0), (0.05, [0, 200], 0.1), (0.25, [0] * 2 + [200] * 2, 0.5)],
)
def test_each_picture_is_shown_for_its_time(seconds_each, pictures, seconds):
    film = slideshow([picture(0), picture(200)], seconds_each)

    assert greys_of(film) == pictures
    assert film.seconds == pytest.approx(seconds, abs=0.01)


def test_pictures_of_any_size_fit_into_the_first():
    film = slideshow([picture(100), picture(200, (1, 1)), picture(50, (301, 3))], 0.1)

    assert (film.width, film.height) == (64, 48)


@pytest.mark.parametrize(
    ("pictures", "seconds_each", "message"),
    [
        ([], 1, "there are 0 pictures; 1 to 500 make a film"),
        ([picture(0)] * 501, 1, "there are 501 pictures; 1 to 500 make a film"),
        ([picture(0)], 0, "seconds_each is 0; 0.04 to 30 are allowed"),
        ([picture(0, (1, 9))], 1, "a picture of 1×9 pixels is too small for a film"),
    ],
)
def test_what_makes_no_film_is_refused(pictures, seconds_each, message):
    with pytest.raises(BadArgument) as caught:
        slideshow(pictures, seconds_each)

    assert caught.value.message == message
