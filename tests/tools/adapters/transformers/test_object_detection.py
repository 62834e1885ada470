from pathlib import Path

import pytest

from tests.tools.adapters.transformers.tiny_checkpoints import write_rt_detr
from tools.adapters.transformers.object_detection import ObjectDetection


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = write_rt_detr(tmp_path_factory.mktemp("rt-detr"))
    return {path.name: path for path in folder.iterdir()}


def test_boxes_lie_inside_the_picture_best_first(files, noise):
    found = ObjectDetection.load(files, {"score": "0"}, "cpu").find(noise)

    assert len(found) == 6
    assert {box.label for box in found} == {"person"}
    assert [box.score for box in found] == sorted((box.score for box in found), reverse=True)
    for box in found:
        assert 0 <= box.left <= box.right <= 96
        assert 0 <= box.top <= box.bottom <= 64


def test_only_boxes_above_the_threshold_are_given(files, noise):
    every = ObjectDetection.load(files, {"score": "0"}, "cpu").find(noise)
    third = sorted(box.score for box in every)[3]

    fewer = ObjectDetection.load(files, {"score": str(third - 0.001)}, "cpu").find(noise)

    assert len(fewer) == len([box for box in every if box.score >= third - 0.001])
    assert ObjectDetection.load(files, {"score": "1"}, "cpu").find(noise).items == ()


def test_stop_is_heard(files, noise, is_stopped):
    model = ObjectDetection.load(files, {}, "cpu")

    assert is_stopped(lambda: model.find(noise))
