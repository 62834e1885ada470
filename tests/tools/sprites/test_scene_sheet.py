import numpy as np
import pytest

from tools.sprites.posed_layers import LayerPose
from tools.sprites.scene_sheet import LayeredScene, LayerGroup, PlacedObject, from_sheet, to_sheet

BLUE = np.broadcast_to(np.array([0.0, 0.0, 1.0], np.float32), (32, 32, 3))


def plain(red: float, green: float) -> np.ndarray:
    """A square that is darker on its left half."""
    cut_out = np.ones((32, 32, 4), np.float32)
    cut_out[..., :3] = (red, green, 0)
    cut_out[:, :16, :3] /= 2
    return cut_out


def scene() -> LayeredScene:
    there = [
        PlacedObject(LayerPose(0.2 + 0.3 * (n % 3), 0.2 + 0.3 * (n // 3), 0.2), n == 1)
        for n in range(7)
    ]
    around = PlacedObject(LayerPose(0.5, 0.5, 0.9), False)
    return LayeredScene(BLUE, [LayerGroup(plain(1, 0), there), LayerGroup(plain(0, 1), [around])])


def test_a_scene_is_read_from_its_sheet_as_it_was_written():
    read = from_sheet(to_sheet(scene()))

    assert [len(group.objects) for group in read.groups] == [7, 1]
    assert [thing.flipped for thing in read.groups[0].objects] == [False, True] + [False] * 5
    assert read.groups[0].objects[6].pose == pytest.approx((0.2, 0.8, 0.2))
    assert np.abs(read.groups[1].cut_out - plain(0, 1)).max() < 1e-6
    assert np.abs(read.background - BLUE).max() < 1e-6


def test_a_sheet_with_some_noise_tells_nearly_the_same():
    noise = 0.3 * np.random.default_rng(0).standard_normal((4, 32, 224)).astype(np.float32)

    read = from_sheet(to_sheet(scene()) + noise)

    assert [len(group.objects) for group in read.groups] == [7, 1]
    assert [thing.flipped for thing in read.groups[0].objects] == [False, True] + [False] * 5
    assert read.groups[0].objects[6].pose == pytest.approx((0.2, 0.8, 0.2), abs=0.05)
    assert np.abs(read.background - BLUE).max() < 0.1


def test_a_ground_that_fades_is_read_as_it_was_written():
    fade = np.linspace(0, 1, 32, dtype=np.float32)
    ground = np.dstack([np.broadcast_to(fade, (32, 32))] * 3)

    read = from_sheet(to_sheet(LayeredScene(ground, scene().groups)))

    assert np.abs(read.background - ground).max() < 1e-5


def test_what_would_reach_beyond_the_edge_is_moved_into_the_picture():
    group = LayerGroup(plain(1, 0), [PlacedObject(LayerPose(0.02, 0.95, 0.3), False)])

    read = from_sheet(to_sheet(LayeredScene(BLUE, [group])))

    assert read.groups[0].objects[0].pose == pytest.approx((0.15, 0.85, 0.3))


def test_a_picture_shows_every_thing_where_it_stands_small_ones_before_large_ones():
    picture = scene().render(100).astype(int)

    assert picture[2, 2].tolist() == [0, 0, 255]
    assert picture[20, 25].tolist() == [255, 0, 0]
    assert picture[20, 15].tolist() == [128, 0, 0]
    assert picture[20, 45].tolist() == [255, 0, 0]  # flipped
    assert picture[20, 55].tolist() == [128, 0, 0]
    assert picture[80, 80].tolist() == [0, 255, 0]


def test_a_picture_can_have_any_size():
    assert scene().render(256).shape == (256, 256, 3)
