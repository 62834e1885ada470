import pytest

from evals.scoring.joint_scores import target_boxes
from evals.world import Scene
from evals.world.dialogue.dialogues import make_dialogue
from tools import Box


@pytest.mark.parametrize(("kind", "number", "boxes"), [
    ("at", 1, [(3, 36, 48, 75)]),  # a carrot beside a circle
    ("mark", 0, [(0, 16, 50, 64)]),  # a cookie beside two pizzas
    ("ask", 0, [(0, 14, 86, 100), (25, 33, 55, 81)]),  # a chair inside a circle
    ("ask", 3, []),  # what colour is behind it
])  # fmt: skip
def test_what_a_question_is_about_is_known(kind: str, number: int, boxes: list[object]) -> None:
    exchange = make_dialogue(kind, "train", 0, number).exchanges[0]
    (scene,) = exchange.inputs
    assert isinstance(scene, Scene)

    assert [rounded(box) for box in target_boxes(exchange, scene)] == boxes


def rounded(box: Box) -> tuple[int, int, int, int]:
    return round(box.left), round(box.top), round(box.right), round(box.bottom)
