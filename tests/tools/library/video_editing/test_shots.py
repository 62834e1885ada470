import numpy as np
import pytest

from tests.tools.known_videos import click_film, click_second, greys_of, plain_film
from tools import Video
from tools.library.video_editing.shots import shots


def scene(colour: tuple[int, int, int], frames: int, flash: int | None = None) -> list[np.ndarray]:
    """A bar that moves over a ground of that colour; one frame may be white."""
    pictures = [np.full((48, 64, 3), colour, np.uint8) for _ in range(frames)]
    for number, pixels in enumerate(pictures):
        pixels[:, 2 * number % 56 : 2 * number % 56 + 8] = 255 - np.array(colour)
        if number == flash:
            pixels[:] = 255
    return pictures


def test_a_film_is_split_where_the_colours_change():
    film = Video.of_frames(
        scene((200, 40, 40), 20) + scene((40, 200, 40), 10) + scene((40, 40, 200), 15), 10
    )

    parts = shots(film)

    assert [len(list(part.frames())) for part in parts] == [20, 10, 15]
    firsts = [next(part.frames())[40, 60].argmax() for part in parts]
    assert firsts == [0, 1, 2]


def test_each_part_has_its_own_sound():
    first, second = shots(click_film(*[30] * 10, *[220] * 10, at=1.3))

    assert click_second(second) == pytest.approx(0.3, abs=0.003)
    assert first.seconds == pytest.approx(1, abs=0.03)


def test_a_flash_is_no_cut():
    film = Video.of_frames(scene((200, 40, 40), 30, flash=15), 10)

    assert shots(film) == [film]


def test_a_slow_change_is_no_cut():
    assert len(shots(plain_film(*range(0, 250, 5)))) == 1


def test_shots_shorter_than_can_be_seen_belong_to_the_one_before():
    parts = shots(plain_film(*[30] * 10, *[220] * 2, *[120] * 10))

    assert [len(greys_of(part)) for part in parts] == [12, 10] or [
        len(greys_of(part)) for part in parts
    ] == [10, 12]


def test_a_film_of_one_frame_is_one_shot():
    film = plain_film(100)

    assert shots(film) == [film]
