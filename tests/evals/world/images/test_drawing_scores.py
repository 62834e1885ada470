from evals.world.images.drawing_scores import DrawingScore, score_drawing
from evals.world.images.scene_claims import read_sentence
from tools import Box

LEFT = [Box(2, 10, 12, 20, "cat"), Box(14, 30, 24, 40, "cat")]
TREE = Box(40, 10, 60, 40, "tree")


def score(words: str, *found: Box) -> DrawingScore:
    return score_drawing(read_sentence(words), found)


def test_a_drawing_with_everything_in_its_place_is_right() -> None:
    assert score("two cats left of a tree", *LEFT, TREE) == DrawingScore(True, True, True)


def test_one_too_many_is_the_right_thing_in_the_wrong_number() -> None:
    found = (*LEFT, TREE, Box(2, 45, 12, 55, "cat"))

    assert score("two cats left of a tree", *found) == DrawingScore(True, False, True)


def test_the_wrong_way_round_is_seen() -> None:
    assert score("two cats right of a tree", *LEFT, TREE) == DrawingScore(True, True, False)
    assert score("two cats above a tree", LEFT[1], LEFT[1], TREE).relations is False


def test_something_else_in_the_picture_spoils_it() -> None:
    found = (*LEFT, TREE, Box(2, 45, 12, 55, "dog"))

    assert score("two cats left of a tree", *found) == DrawingScore(False, False, False)


def test_an_empty_drawing_is_wrong() -> None:
    assert score("two cats left of a tree") == DrawingScore(False, False, False)


def test_where_nothing_was_said_of_places_there_is_no_relation_to_judge() -> None:
    assert score("a pair of cats", *LEFT) == DrawingScore(True, True, None)
    assert score("a tree together with two cats", *LEFT, TREE).relations is None


def test_where_no_number_was_said_any_will_do() -> None:
    assert score("some cats", *LEFT).counts


def test_a_thing_is_inside_a_frame_that_surrounds_its_middle() -> None:
    frame = Box(10, 10, 50, 50, "circle")

    assert score("a frog inside a red circle", Box(20, 20, 40, 40, "frog"), frame).relations
    assert not score("a frog inside a red circle", Box(50, 20, 62, 40, "frog"), frame).relations


def test_what_is_between_has_the_others_on_opposite_sides() -> None:
    fish, tree, rocket = (
        Box(20, top, 30, top + 10, name)
        for top, name in [(0, "fish"), (20, "tree"), (40, "rocket")]
    )

    assert score("a tree between a fish and a rocket", fish, tree, rocket).relations
    assert not score("a fish between a tree and a rocket", fish, tree, rocket).relations
