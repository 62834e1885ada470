import pytest

from tools import Box, Boxes
from tools.library.regions.count import count

BOXES = Boxes((Box(0, 0, 1, 1, "person"), Box(0, 0, 2, 2, "cup"), Box(1, 1, 2, 2, "person")))


@pytest.mark.parametrize(("label", "number"), [("", 3), ("people", 2), ("cups", 1), ("dog", 0)])
def test_boxes_are_counted_all_or_by_kind(label, number):
    assert count(BOXES, label) == number


def test_nothing_counts_as_zero():
    assert count(Boxes(())) == 0
