import pytest

from tools import Box, Boxes
from tools.library.regions.tally import tally


def found(*labels: str) -> Boxes:
    return Boxes(tuple(Box(0, 0, 9, 9, label) for label in labels))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["cup"], "1 cup"),
        (["spoon", "cup", "cup"], "2 cups, 1 spoon"),
        (["person", "person", "bus", "bus", "sheep", "sheep"], "2 people, 2 buses, 2 sheep"),
        (["wine glass"] * 3, "3 wine glasses"),
        (["", ""], "2 things"),
        ([], ""),
    ],
)
def test_each_kind_is_told_with_its_number_the_commonest_first(
    labels: list[str], words: str
) -> None:
    assert tally(found(*labels)) == words
