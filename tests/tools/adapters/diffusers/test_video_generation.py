import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import write_wan
from tests.tools.adapters.load_card import load

QUICK = {"steps": "1", "fps": "8"}


def test_words_become_a_film_the_same_for_the_same_seed(tmp_path):
    folder = write_wan(tmp_path, from_pictures=False)
    model = load("make_video/wan2.1-1.3b", folder, width="64", height="64", **QUICK).model

    film = model.generate_video("a dog", seconds=1.0, seed=1)

    # One picture more than a multiple of four.
    assert (film.width, film.height, film.fps) == (64, 64, 8)
    assert film.seconds == pytest.approx(9 / 8, abs=0.01)
    # The pictures, as x264 does not give a film this small the same bytes each time.
    first, again = (model.generate_frames(1.0, (64, 64), 1, prompt="a dog") for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != model.generate_frames(1.0, (64, 64), 2, prompt="a dog").tobytes()


def test_a_picture_comes_to_life_in_its_own_shape(tmp_path, noise, is_stopped):
    folder = write_wan(tmp_path, from_pictures=True)
    model = load("animate/wan2.2-5b", folder, pixels="6144", **QUICK).model

    film = model.animate(noise, "", seconds=0.5, seed=1)

    assert (film.width, film.height) == (96, 64)
    assert film.seconds == pytest.approx(5 / 8, abs=0.01)
    assert is_stopped(lambda: model.animate(noise, "a dog", seconds=0.5, seed=1))
