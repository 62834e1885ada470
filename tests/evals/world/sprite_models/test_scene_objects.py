from itertools import islice

import numpy as np
import PIL.Image
import pytest

from evals.world.images.scenes import Scene, scenes
from tools import Image
from tools.sprites.scene_domain import estimate_background
from tools.sprites.scene_objects import find_objects


def apart(count: int) -> list[Scene]:
    """Scenes whose things are well away from each other."""
    found = (
        scene
        for scene in scenes("test", 21, level="clear")
        if all(_distance(a.box, b.box) > 3 for a in scene.things for b in scene.things if a != b)
        # An outline lets the background be seen inside.
        and not {thing.name for thing in scene.things} & {"square", "circle", "triangle"}
    )
    return list(islice(found, count))


def _distance(one, other) -> int:
    across = max(one[0] - other[2], other[0] - one[2])
    down = max(one[1] - other[3], other[1] - one[3])
    return max(across, down)


def picture_of(scene: Scene, times: int) -> Image:
    side = 64 * times
    picture = PIL.Image.fromarray(scene.pixels)
    return Image(picture.resize((side, side), PIL.Image.Resampling.BICUBIC))


@pytest.mark.parametrize("times", [1, 4])
def test_each_thing_is_found_where_it_is(times: int):
    right: list[bool] = []
    for scene in apart(20):
        _, things = find_objects(picture_of(scene, times))
        boxes = {tuple(round(side / times / 4) for side in thing.box) for thing in things}
        right.append(
            all(
                any(
                    max(abs(a - b / 4) for a, b in zip(box, thing.box, strict=True)) < 1
                    for box in boxes
                )
                for thing in scene.things
            )
        )

    assert sum(right) >= 17


def test_a_thing_laid_back_on_its_background_is_the_picture():
    for scene in apart(10):
        picture = picture_of(scene, 1)
        ground, things = find_objects(picture)
        for thing in things:
            left, top, right, bottom = thing.box
            under = ground[top:bottom, left:right] / 255
            through = 1 - thing.cut_out[..., 3:]
            ground[top:bottom, left:right] = 255 * (under * through + thing.cut_out[..., :3])

        assert np.abs(ground.astype(int) - scene.pixels).mean() < 2


def test_the_background_of_a_scene_is_the_picture_without_its_things():
    scene = next(scene for scene in scenes("test", 4) if scene.content.background.second)

    ground = estimate_background(picture_of(scene, 1)).astype(int)

    covered = np.zeros((64, 64), bool)
    for left, top, right, bottom in (thing.box for thing in scene.things):
        covered[top:bottom, left:right] = True
    assert np.abs(ground - scene.pixels)[~covered].mean() < 4
    assert np.abs(ground - scene.pixels)[covered].mean() > 10
