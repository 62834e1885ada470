import pytest

from tests.tools.known_audio import loudest_hertz, silence, tone
from tests.tools.known_videos import plain_film, sample_film
from tools import BadArgument
from tools.library.audio.transcribe import transcribe
from tools.library.video.add_sound import add_sound
from tools.library.video.sound_of import sound_of

TWO_SECONDS = plain_film(*[100] * 20)


@pytest.mark.parametrize("seconds", [0.5, 2, 5])
def test_a_film_lasts_as_long_as_before_whatever_sound_it_is_given(seconds):
    film = add_sound(TWO_SECONDS, tone(440, seconds))

    assert film.seconds == pytest.approx(2, abs=0.1)
    assert len(list(film.frames())) == 20
    assert loudest_hertz(sound_of(film)) == pytest.approx(440, rel=0.01)


def test_a_new_sound_takes_the_place_of_the_old_one():
    film = add_sound(add_sound(TWO_SECONDS, tone(440, 2)), tone(880, 2))

    assert loudest_hertz(sound_of(film)) == pytest.approx(880, rel=0.01)


def test_a_silent_film_has_no_sound_to_give():
    with pytest.raises(BadArgument, match="the film has no sound"):
        sound_of(TWO_SECONDS)


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        add_sound(TWO_SECONDS, silence(0))


@pytest.mark.real
def test_whisper_hears_what_is_said_in_the_film(load_model):
    words = transcribe(load_model("transcribe/whisper-tiny-en"), sound_of(sample_film()))

    assert words == "The concert begins at 8 o'clock."
