"""Tools that change every frame of a film alike, and leave its times as they are."""

import numpy as np
import pytest

from tests.tools.known_videos import click_film, click_second, greys_of, plain_film
from tools import BadArgument, Box, Boxes, Points, Video
from tools.library.regions.area import area
from tools.library.video_editing.crop_video import crop_video
from tools.library.video_editing.mute import mute
from tools.library.video_editing.resize_video import resize_video
from tools.library.video_editing.rotate_video import rotate_video
from tools.library.video_editing.still import still
from tools.signal.video.video_frames import extract_audio

GREYS = list(range(0, 200, 10))
FILM = click_film(*GREYS, at=1.0)


def four_colours(fps: float = 10, frames: int = 3) -> Video:
    """Red and green above, blue and white below; 64 × 48."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:24, :32], pixels[:24, 32:] = (255, 0, 0), (0, 255, 0)
    pixels[24:, :32], pixels[24:, 32:] = (0, 0, 255), (255, 255, 255)
    return Video.of_frames([pixels] * frames, fps)


def colour_at(video: Video, x: float, y: float) -> str:
    """The colour at a point, given as shares of width and height."""
    pixels = next(video.frames())
    seen = pixels[int(y * pixels.shape[0]), int(x * pixels.shape[1])] > 128
    return {"100": "red", "010": "green", "001": "blue", "111": "white"}.get(
        "".join(str(int(part)) for part in seen), "?"
    )


CORNERS = [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)]


@pytest.mark.parametrize(
    ("degrees", "size", "colours"),
    [
        (90, (48, 64), ["blue", "red", "white", "green"]),
        (180, (64, 48), ["white", "blue", "green", "red"]),
        (270, (48, 64), ["green", "white", "red", "blue"]),
        (-90, (48, 64), ["green", "white", "red", "blue"]),
        (450, (48, 64), ["blue", "red", "white", "green"]),
    ],
)
def test_a_film_is_turned_clockwise(degrees, size, colours):
    turned = rotate_video(four_colours(), degrees)

    assert (turned.width, turned.height) == size
    assert [colour_at(turned, x, y) for x, y in CORNERS] == colours


@pytest.mark.parametrize("degrees", [0, 45, 360, 91])
def test_other_angles_are_refused(degrees):
    with pytest.raises(BadArgument) as caught:
        rotate_video(FILM, degrees)

    assert caught.value.message == f"degrees is {degrees}; a film is turned by 90, 180 or 270"


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({"width": 32}, (32, 24)),
        ({"height": 96}, (128, 96)),
        ({"factor": 0.5}, (32, 24)),
        ({"factor": 3}, (192, 144)),
        ({"width": 32, "height": 32}, (32, 24)),
        ({"width": 32, "height": 32, "how": "fill"}, (32, 32)),
        ({"width": 32, "height": 100, "how": "stretch"}, (32, 100)),
        ({"width": 33}, (32, 24)),
        ({"width": 2}, (2, 2)),
        ({"factor": 0.01}, (2, 2)),
    ],
)
def test_a_film_gets_the_size_asked_for_in_even_numbers(arguments, size):
    resized = resize_video(FILM, **arguments)

    assert (resized.width, resized.height) == size
    assert greys_of(resize_video(resized, 64, 48, how="stretch")) == GREYS


def test_what_fills_a_size_is_cropped_in_the_middle_and_what_is_stretched_is_not():
    white_left = np.zeros((48, 96, 3), np.uint8)
    white_left[:, :20] = 255
    film = Video.of_frames([white_left] * 2, 10)

    filled = next(resize_video(film, 48, 48, how="fill").frames())
    stretch = next(resize_video(film, 48, 48, how="stretch").frames())

    assert filled[24, 2, 0] < 30
    assert stretch[24, 2, 0] > 225


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a size is either a factor or a width or height, or both of these"),
        ({"width": 9, "factor": 2}, "a size is either a factor or a width or height"),
        ({"width": 0}, "width is 0; 2 to 4096 are allowed"),
        ({"width": -5}, "width is -5; 2 to 4096 are allowed"),
        ({"width": 10, "height": 5000}, "height is 5000; 2 to 4096 are allowed"),
        ({"factor": 0}, "factor is 0; 0.001 to 4096 are allowed"),
        ({"factor": float("nan")}, "factor is nan; 0.001 to 4096 are allowed"),
        ({"factor": 100}, "a film of 64×48 pixels cannot become 6,400×4,800"),
        ({"height": 4096}, "a film of 64×48 pixels cannot become 5,461×4,096"),
    ],
)
def test_a_size_that_no_film_has_is_refused(arguments, message):
    with pytest.raises(BadArgument) as caught:
        resize_video(FILM, **arguments)

    assert caught.value.message.startswith(message)


def test_a_film_is_cropped_to_a_region():
    film = four_colours()

    left = crop_video(film, area(still(film), "left"))
    corner = crop_video(film, Box(32, 24, 64, 48))

    assert (left.width, left.height) == (32, 48)
    assert [colour_at(left, x, y) for x, y in CORNERS] == ["red", "red", "blue", "blue"]
    assert (corner.width, corner.height) == (32, 24)
    assert colour_at(corner, 0.5, 0.5) == "white"


def test_a_box_beyond_the_film_is_cropped_to_what_is_on_it():
    cropped = crop_video(four_colours(), Box(-10, -10, 21, 500))

    assert (cropped.width, cropped.height) == (20, 48)


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (Box(5, 5, 6, 40), "the region has 1×35 pixels of the film"),
        (Box(200, 5, 300, 40), "is empty or outside the picture"),
        (Boxes(()), "nothing was found"),
        (Points(((5, 5),)), "are points"),
    ],
)
def test_a_region_without_extent_is_refused(region, message):
    with pytest.raises(BadArgument, match=message):
        crop_video(FILM, region)


@pytest.mark.parametrize(
    "change",
    [
        lambda film: rotate_video(film, 180),
        lambda film: resize_video(film, factor=2),
        lambda film: resize_video(crop_video(film, Box(0, 0, 32, 24)), factor=2),
    ],
)
def test_frames_and_sound_keep_their_times(change):
    changed = change(FILM)

    assert greys_of(changed) == GREYS
    assert click_second(changed) == pytest.approx(1, abs=0.003)


def test_a_muted_film_has_the_same_frames_and_no_sound():
    silent = mute(FILM)

    assert extract_audio(silent) is None
    assert greys_of(silent) == GREYS
    assert silent.seconds == pytest.approx(2, abs=0.01)


def test_a_film_without_sound_stays_as_it_is():
    film = plain_film(100)

    assert mute(film) is film


@pytest.mark.parametrize(
    ("second", "grey"), [(0, 0), (0.1, 10), (0.15, 10), (1, 100), (2, 190), (-0.1, 190), (-2, 0)]
)
def test_a_still_is_the_frame_that_is_shown_then(second, grey):
    assert still(FILM, second).array()[24, 32, 0] == pytest.approx(grey, abs=4)


@pytest.mark.parametrize("second", [2.1, -2.1, 100, float("nan")])
def test_there_is_no_still_outside_a_film(second):
    with pytest.raises(BadArgument) as caught:
        still(FILM, second)

    assert caught.value.message == (
        f"there is no picture at second {second:g} of a film of 2.0 seconds"
    )
