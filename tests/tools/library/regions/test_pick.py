import pytest

from tools import BadArgument, Box, Boxes
from tools.library.regions.pick import pick

SMALL_LEFT = Box(0, 40, 10, 50)
LARGE_RIGHT = Box(50, 0, 90, 60)
BELOW = Box(30, 70, 50, 90)
BOXES = Boxes((SMALL_LEFT, LARGE_RIGHT, BELOW))


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        ("largest", LARGE_RIGHT),
        ("smallest", SMALL_LEFT),
        ("leftmost", SMALL_LEFT),
        ("rightmost", LARGE_RIGHT),
        ("topmost", LARGE_RIGHT),
        ("bottommost", BELOW),
    ],
)
def test_a_box_is_picked_by_its_size_or_place(which, meant):
    assert pick(BOXES, which) == meant


def test_of_two_alike_the_surer_one_is_picked():
    surer, other = Box(0, 0, 5, 5, score=0.9), Box(10, 10, 15, 15, score=0.5)

    assert pick(Boxes((surer, other)), "largest") is surer


def test_nothing_can_be_picked_from_nothing():
    with pytest.raises(BadArgument, match="there is no leftmost box: nothing was found"):
        pick(Boxes(()), "leftmost")
