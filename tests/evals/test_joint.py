import pytest

from agent.joint.reply import box_in
from evals.joint import in_common
from tools import Box


@pytest.mark.parametrize(("answer", "box"), [
    ("[0, 25, 50, 100]", Box(0, 25, 50, 100)),
    ("a dog", None),
    ("[50, 25, 0, 100]", None),
    ("[0, 25, 50, 400]", None),
])  # fmt: skip
def test_an_answer_that_is_a_box_is_read_as_one(answer: str, box: Box | None) -> None:
    assert box_in(answer) == box


@pytest.mark.parametrize(("other", "share"), [
    (Box(0, 0, 10, 10), 1.0), (Box(5, 0, 15, 10), 1 / 3), (Box(10, 10, 20, 20), 0.0)
])  # fmt: skip
def test_two_boxes_have_a_share_in_common(other: Box, share: float) -> None:
    assert in_common(Box(0, 0, 10, 10), other) == pytest.approx(share)
