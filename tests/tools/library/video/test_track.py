import numpy as np
import PIL.Image
import pytest

from tests.tools.known_videos import sample_film
from tools import BadArgument, Box, Mask, Points, Table, Video
from tools.adapters.correlation_tracker import Correlation
from tools.library.video.track import track

FRAMES = 40


def path(number: int, grows: float = 0) -> tuple[float, float, float]:
    """The left, the top and the size of the thing in that picture."""
    share = number / (FRAMES - 1)
    return 20 + 100 * share, 50 + 30 * np.sin(6 * share), 30 + grows * share


def film(grows: float = 0, hidden: range = range(0), fps: float = 10) -> Video:
    """A patch of coloured cloth that swings over another."""
    dice = np.random.default_rng(3)

    def cloth(cells: int, width: int, height: int) -> PIL.Image.Image:
        colours = dice.integers(0, 255, (cells, cells, 3), dtype=np.uint8)
        return PIL.Image.fromarray(colours).resize((width, height), PIL.Image.Resampling.BICUBIC)

    ground, patch = cloth(20, 192, 144), cloth(6, 40, 40)

    def pictures():
        for number in range(FRAMES):
            left, top, size = path(number, grows)
            picture = ground.copy()
            picture.paste(patch.resize((round(size), round(size))), (round(left), round(top)))
            if number in hidden:
                picture.paste((20, 20, 20), (round(left) - 8, 0, round(left) + 48, 144))
            yield np.asarray(picture)

    return Video.of_frames(pictures(), fps)


def overlap(row: tuple[str | float, ...], grows: float = 0) -> float:
    """Intersection over union with where the thing really is."""
    second, _, _, *corners = row
    x, y, size = path(round(float(second) * 10), grows)
    left, top, right, bottom = (float(corner) for corner in corners)
    width = min(right, x + size) - max(left, x)
    height = min(bottom, y + size) - max(top, y)
    shared = max(width, 0) * max(height, 0)
    return shared / ((right - left) * (bottom - top) + size**2 - shared)


@pytest.mark.parametrize("grows", [0, 25, -12])
def test_a_thing_is_followed_as_it_moves_and_changes_its_size(grows):
    found = track(Correlation(), film(grows), Box(20, 50, 50, 80))

    assert len(found.rows) == FRAMES
    assert min(overlap(row, grows) for row in found.rows) > 0.75


def test_a_thing_that_was_hidden_is_found_again():
    hidden = range(16, 22)

    found = track(Correlation(), film(hidden=hidden), Box(20, 50, 50, 80))

    seen = [round(float(row[0]) * 10) for row in found.rows]
    assert not set(seen) & set(hidden)
    assert seen[-1] == FRAMES - 1
    assert overlap(found.rows[-1]) > 0.75


def test_fast_films_have_ten_rows_a_second():
    assert len(track(Correlation(), film(fps=40), Box(20, 50, 50, 80)).rows) == 10


def test_a_mask_says_what_to_follow_as_well_as_a_box():
    mask = PIL.Image.new("L", (192, 144))
    mask.paste(255, (20, 50, 50, 80))

    assert track(Correlation(), film(), Mask(mask)) == track(
        Correlation(), film(), Box(20, 50, 50, 80)
    )


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (Box(500, 500, 600, 600), "is empty or outside the picture of 192×144"),
        (Points(((30, 60),)), "is too small to track: 8 pixels are needed"),
    ],
)
def test_a_region_that_cannot_be_followed_is_refused(region, message):
    with pytest.raises(BadArgument, match=message):
        track(Correlation(), film(), region)


def test_the_cup_is_followed_as_the_camera_passes_over_it():
    found = track(Correlation(), sample_film(), Box(96, 0, 247, 159))

    assert isinstance(found, Table)
    assert len(found.rows) == 29
    # The camera moves 102 pixels to the right and 36 down.
    assert found.rows[-1][5] == pytest.approx(247 - 102, abs=12)
    assert found.rows[-1][6] == pytest.approx(159 - 36, abs=12)
