import numpy as np

from tools.adapters.onnx.yolox import _non_maximum_suppression

BOXES = np.asarray(
    [
        [0, 0, 100, 100],
        [10, 0, 110, 100],  # overlaps the first by .82
        [60, 0, 160, 100],  # overlaps the first by .25
        [0, 0, 100, 100],  # of another class
        [50, 50, 50, 80],  # clipped to nothing
        [200, 0, 220, 20],  # too unlikely
    ],
    np.float32,
)
SCORES = np.asarray([0.8, 0.9, 0.7, 0.6, 0.95, 0.2], np.float32)
CLASSES = np.asarray([0, 0, 0, 1, 0, 0])


def test_boxes_of_one_object_are_reduced_to_the_best_per_class() -> None:
    assert _non_maximum_suppression(BOXES, SCORES, CLASSES, 0.3) == [1, 2, 3]


def test_without_boxes_there_are_no_objects() -> None:
    assert _non_maximum_suppression(BOXES[:0], SCORES[:0], CLASSES[:0], 0.3) == []
