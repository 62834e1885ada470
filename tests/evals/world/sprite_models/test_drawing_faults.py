"""The faults that the small detector finds in drawings of the world."""

import PIL.Image
import pytest

from evals.user_catalogue import user_catalogue
from evals.world.images.scenes import make_scene
from tools import Image
from tools.library.drawing_checks.drawing_faults import drawing_faults
from tools.models.residency.card_loader import open_model


@pytest.mark.slow
def test_the_small_detector_finds_no_faults_in_true_scenes_and_some_in_others() -> None:
    detector = open_model(user_catalogue()["detect/sprites"])
    scenes = [make_scene("test", 5, number, 256, "clear") for number in range(60)]
    pictures = [Image(PIL.Image.fromarray(scene.pixels)) for scene in scenes]

    right = [
        drawing_faults(detector, picture, scene.caption) == []
        for scene, picture in zip(scenes, pictures, strict=True)
    ]
    wrong = [
        drawing_faults(detector, picture, scene.caption) == []
        for scene, picture in zip(scenes, [*pictures[1:], pictures[0]], strict=True)
    ]

    assert sum(right) >= 50
    assert sum(wrong) == 0
