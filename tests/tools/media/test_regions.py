import pytest

from tools import BadArgument, Box, Boxes, Points


def test_the_bounds_of_boxes_hold_them_all_within_the_picture():
    boxes = Boxes((Box(-5, 2, 3, 4), Box(6, 1, 50, 3)))

    assert boxes.bounds(10, 10) == Box(0, 1, 10, 4)


def test_a_box_without_end_ends_with_the_picture():
    assert Box(2, 2, float("inf"), float("inf")).bounds(10, 8) == Box(2, 2, 10, 8)


@pytest.mark.parametrize("region", [Box(20, 20, 30, 30), Box(5, 5, 2, 2), Points(())])
def test_a_region_outside_the_picture_has_no_bounds(region):
    with pytest.raises(BadArgument, match="is empty or outside the picture of 10×10"):
        region.bounds(10, 10)


def test_no_boxes_say_that_nothing_was_found():
    with pytest.raises(BadArgument, match="no region on the picture of 10×10: nothing was found"):
        Boxes(()).bounds(10, 10)


def test_a_box_is_somewhere():
    with pytest.raises(BadArgument, match="is nowhere: each must be a number"):
        Box(0, 0, float("nan"), 5)
