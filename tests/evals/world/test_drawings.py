from evals.world.content import Background, Content, Group
from evals.world.drawings import DrawingScore, score_drawing
from tools import Box

BLUE = Background("blue")
CATS_LEFT_OF_A_TREE = Content("pair", (Group("cat", 2), Group("tree")), BLUE, "left of")
LEFT = [Box(2, 10, 12, 20, "cat"), Box(14, 30, 24, 40, "cat")]
TREE = Box(40, 10, 60, 40, "tree")


def test_a_drawing_with_everything_in_its_place_is_right() -> None:
    assert score_drawing(CATS_LEFT_OF_A_TREE, [*LEFT, TREE]) == DrawingScore(True, True, True)


def test_one_too_many_is_the_right_thing_in_the_wrong_number() -> None:
    found = [*LEFT, TREE, Box(2, 45, 12, 55, "cat")]

    assert score_drawing(CATS_LEFT_OF_A_TREE, found) == DrawingScore(True, False, True)


def test_the_wrong_way_round_is_seen() -> None:
    mirrored = [Box(64 - box.right, box.top, 64 - box.left, box.bottom, box.label)
                for box in [*LEFT, TREE]]  # fmt: skip

    assert score_drawing(CATS_LEFT_OF_A_TREE, mirrored) == DrawingScore(True, True, False)


def test_something_else_in_the_picture_spoils_it() -> None:
    found = [*LEFT, TREE, Box(2, 45, 12, 55, "dog")]

    assert score_drawing(CATS_LEFT_OF_A_TREE, found) == DrawingScore(False, False, False)


def test_an_empty_drawing_is_wrong() -> None:
    assert score_drawing(CATS_LEFT_OF_A_TREE, []) == DrawingScore(False, False, False)


def test_where_nothing_was_said_of_places_there_is_no_relation_to_judge() -> None:
    content = Content("count", (Group("bee", 2),), BLUE)
    found = [Box(0, 0, 9, 9, "bee"), Box(20, 0, 29, 9, "bee")]

    assert score_drawing(content, found) == DrawingScore(True, True, None)


def test_a_thing_is_inside_a_frame_that_surrounds_its_middle() -> None:
    content = Content("inside", (Group("frog"), Group("circle", colour="red")), BLUE, "inside")
    frame = Box(10, 10, 50, 50, "circle")

    assert score_drawing(content, [Box(20, 20, 40, 40, "frog"), frame]).relation
    assert not score_drawing(content, [Box(50, 20, 62, 40, "frog"), frame]).relation


def test_in_a_row_the_middle_one_must_be_between() -> None:
    groups = (Group("fish"), Group("tree"), Group("rocket"))
    content = Content("row", groups, BLUE, "above")
    names = ("fish", "tree", "rocket")

    def stacked(*tops: int) -> list[Box]:
        return [Box(20, top, 30, top + 10, name) for top, name in zip(tops, names, strict=True)]

    assert score_drawing(content, stacked(0, 20, 40)).relation
    assert not score_drawing(content, stacked(20, 0, 40)).relation
