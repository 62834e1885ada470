import numpy as np
import pytest

from tools.sprites.posed_layers import Layer, LayerPose, compose_frames, draw_layer
from tools.sprites.video_sheet import LayeredVideo, from_sheet, to_sheet

GREY = np.full((64, 64, 3), 100, np.uint8)


def disc(opacity: float = 1.0) -> np.ndarray:
    """White, on nothing."""
    rows, columns = np.mgrid[-1:1:32j, -1:1:32j]
    shape = (rows**2 + columns**2 < 1).astype(np.float32)
    return np.dstack([shape * opacity] * 4)


def middle(picture: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(np.abs(picture.astype(int) - 100).max(axis=2) > 50)
    return float(columns.mean()), float(rows.mean())


def test_a_thing_is_laid_where_its_pose_says():
    picture = GREY.copy()

    draw_layer(picture, disc(), LayerPose(0.25, 0.75, 0.25))

    assert middle(picture) == pytest.approx((15.5, 47.5), abs=0.5)
    assert (np.abs(picture.astype(int) - 100).max(axis=2) > 50).sum() == pytest.approx(201, abs=25)


def test_what_reaches_beyond_the_edge_is_cut_off():
    picture = GREY.copy()

    draw_layer(picture, disc(), LayerPose(0.0, 0.5, 0.5))
    draw_layer(picture, disc(), LayerPose(-3.0, 0.5, 0.5))

    assert picture[32, 0].tolist() == [255, 255, 255]
    assert picture[32, 20].tolist() == [100, 100, 100]


def test_the_ground_is_seen_through_what_is_half_there():
    picture = GREY.copy()

    draw_layer(picture, disc(opacity=0.5), LayerPose(0.5, 0.5, 0.5))

    assert picture[32, 32].tolist() == [178, 178, 178]


def test_between_two_poses_a_thing_moves_in_a_straight_line():
    layer = Layer(disc(), [LayerPose(0.2, 0.5, 0.2), LayerPose(0.8, 0.5, 0.2)])

    x = [middle(picture)[0] for picture in compose_frames(GREY, [layer], 5)]

    assert np.diff(x) == pytest.approx([9.6] * 4, abs=1.1)


def test_what_vanishes_is_gone_from_then_on():
    layer = Layer(disc(), [LayerPose(0.5, 0.5, 0.2)] * 2 + [None] * 2)

    there = [(picture != 100).any() for picture in compose_frames(GREY, [layer], 8)]

    assert there == [True] * 4 + [False] * 4


@pytest.mark.parametrize("standing", [False, True])
def test_a_film_is_read_from_its_sheet_as_it_was_written(standing: bool):
    way = [LayerPose(0.1 + 0.05 * moment, 0.4, 0.3) if moment > 4 else None for moment in range(16)]
    other = Layer(disc(), [LayerPose(0.5, 0.8, 0.25)]) if standing else None
    film = LayeredVideo((0.2, 0.4, 1.0), Layer(disc(), way), other)

    read = from_sheet(to_sheet(film))

    assert read.background == pytest.approx((0.2, 0.4, 1.0))
    assert [pose is None for pose in read.moving.poses] == [True] * 5 + [False] * 11
    assert read.moving.poses[15] == pytest.approx((0.85, 0.4, 0.3))
    assert np.abs(read.moving.cut_out - disc()).max() < 1e-6
    assert (read.static is not None) == standing


def test_a_sheet_with_some_noise_tells_nearly_the_same():
    chance = np.random.default_rng(0)
    film = LayeredVideo((0.2, 0.4, 1.0), Layer(disc(), [LayerPose(0.5, 0.4, 0.3)] * 16))

    read = from_sheet(to_sheet(film) + 0.1 * chance.standard_normal((4, 32, 80)).astype(np.float32))

    assert read.moving.poses[3] == pytest.approx((0.5, 0.4, 0.3), abs=0.06)
    assert np.abs(read.moving.cut_out - disc()).mean() < 0.05
