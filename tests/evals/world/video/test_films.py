from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.world.images.scene_content import COLOURS
from evals.world.splits import SPLITS
from evals.world.video.film_sentences import read_film
from evals.world.video.films import Film, film_batch, films, make_film
from tests.examples import examples
from tools.errors import InputError


def first(**wanted: object) -> Film:
    """The first film, of whatever split, of which all this is true."""
    return next(
        film
        for split in SPLITS
        for film in islice(films(split, 0), 3000)
        if all(getattr(film.content, name) == value for name, value in wanted.items())
    )


def middles(film: Film) -> list[tuple[float, float]]:
    """Where the moving thing is in each frame."""
    boxes = [box for box in film.tracks[-1].boxes if box]
    return [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in boxes]


@given(st.sampled_from(SPLITS), st.integers(0, 10**6), st.sampled_from((64, 128)))
@examples(80)
def test_nothing_changes_outside_of_the_tracks(split: str, number: int, size: int):
    film = make_film(split, 0, number, size)  # type: ignore[arg-type]
    assert film.pixels.shape == (16, size, size, 3)
    outside = np.ones(film.pixels.shape[:3], dtype=np.bool_)
    for track in film.tracks:
        for frame, box in enumerate(track.boxes):
            if box:
                # A pixel of soft edge, and as much as a trimmed glyph can reach beyond its mask.
                left, top, right, bottom = box
                edge = 4 * size // 64
                rows = slice(max(top - edge, 0), bottom + edge)
                outside[frame, rows, max(left - edge, 0) : right + edge] = False
    empty = np.array(COLOURS[film.content.background], dtype=np.uint8)
    assert (film.pixels[outside] == empty).all()


@pytest.mark.parametrize(
    ("motion", "axis", "sign"), [("left", 0, -1), ("right", 0, 1), ("up", 1, -1), ("down", 1, 1)]
)
def test_things_go_the_way_that_is_said(motion: str, axis: int, sign: int):
    for speed, least, most in (("slow", 10, 17), (None, 20, 28), ("fast", 33, 41)):
        way = [middle[axis] * sign for middle in middles(first(motion=motion, speed=speed))]
        assert way == sorted(way)
        assert least <= way[-1] - way[0] <= most


def test_what_has_a_front_looks_where_it_goes():
    to_left = first(name="car", motion="left", other=None)
    to_right = first(name="car", motion="right", other=None)
    for film, faces in ((to_left, "left"), (to_right, "right")):
        left, top, right, _ = film.tracks[0].boxes[0] or (0, 0, 0, 0)
        roof = np.any(film.pixels[0, top, left:right] != film.pixels[0, 0, 0], axis=1)
        # The roof of the car lies towards its back.
        towards = "right" if roof.nonzero()[0].mean() > (right - left) / 2 else "left"
        assert towards != faces


def test_things_grow_and_shrink():
    for motion, sign in (("growing", 1), ("shrinking", -1)):
        widths = [box[2] - box[0] for box in first(motion=motion).tracks[0].boxes if box]
        assert len(widths) == 16
        assert (widths[-1] - widths[0]) * sign > 5


def test_things_appear_and_vanish():
    appearing = [box is not None for box in first(motion="appearing").tracks[0].boxes]
    vanishing = [box is not None for box in first(motion="vanishing").tracks[0].boxes]
    assert appearing == sorted(appearing) and appearing[0] != appearing[-1]
    assert vanishing == sorted(vanishing, reverse=True) and vanishing[0] != vanishing[-1]


def test_a_bouncing_thing_comes_back_to_the_ground_as_often_as_its_speed_says():
    for speed, bounces in (("slow", 1), (None, 2), ("fast", 4)):
        heights = [y for _, y in middles(first(motion="bouncing", speed=speed))]
        tops = [n for n in range(1, 15) if heights[n - 1] > heights[n] <= heights[n + 1]]
        assert len(tops) == bounces


def test_something_else_stands_still():
    passing = next(film for film in films("train", 0) if film.content.other)
    assert len(passing.tracks) == 2
    assert len(set(passing.tracks[0].boxes)) == 1
    assert passing.tracks[0].name == passing.content.other


@given(st.sampled_from(SPLITS), st.integers(0, 10**6), st.sampled_from(("seen", "unseen")))
@examples(300)
def test_every_sentence_reads_back_to_what_is_true_of_its_film(
    split: str, number: int, phrasing: str
):
    film = make_film(split, 1, number)  # type: ignore[arg-type]
    read, true = read_film(film.speak(number % 5, phrasing)), film.content  # type: ignore[arg-type]
    assert read.names in ({true.name}, {true.name, true.other})
    assert read.motion == true.motion
    assert read.speed in (None, true.speed)


@given(st.integers(0, 10**6))
@examples(150)
def test_the_plain_caption_tells_everything(number: int):
    film = make_film("test", 2, number)
    read, true = read_film(film.caption), film.content
    assert read.names == {true.name, true.other} - {None}
    assert (read.motion, read.speed) == (true.motion, true.speed)


def test_the_reader_understands_people():
    assert read_film("a film of a dog running to the left").motion == "left"
    assert read_film("a film of a dog running to the left").names == {"dog"}


def test_a_batch_holds_the_films_that_one_gets_one_by_one():
    batch = film_batch("validation", 3, first=5, count=3)
    single = list(islice(films("validation", 3, first=5), 3))
    assert batch.films == tuple(single)
    assert batch.sentences == tuple(film.sentences[0] for film in single)
    assert np.array_equal(batch.pixels, np.stack([film.pixels for film in single]))


def test_a_size_that_does_not_come_out_even_is_refused():
    with pytest.raises(InputError, match="100 pixels wide"):
        make_film("train", 0, 0, size=100)
