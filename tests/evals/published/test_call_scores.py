"""m&m's scores and accuracies by step, on calls that are right, half right and missing."""

import pytest

from evals.published.call_scores import CallsPair, PlannedCall, best_reference, call_scores, is_same

CAPTION = PlannedCall("image captioning", {"image": "a.jpg"})
ASK = PlannedCall("question answering", {"text": "<node-0>.text", "question": "What is it?"})
RIGHT = [CAPTION, ASK]


def scores(prediction: list[PlannedCall] | None) -> dict[str, float]:
    return call_scores([CallsPair(RIGHT, prediction)])


def test_a_right_plan_has_every_score() -> None:
    loud = PlannedCall("question answering", {"question": "WHAT IS IT?", "text": "<node-0>.text"})

    assert set(scores(RIGHT).values()) == {1.0}
    assert is_same(CallsPair(RIGHT, [CAPTION, loud]))


def test_names_values_edges_and_steps_are_scored_separately() -> None:
    other_value = [CAPTION, PlannedCall("question answering", {"text": "b", "question": "Why?"})]
    other_names = [CAPTION, PlannedCall("question answering", {"text": "<node-0>.text"})]
    other_order = [ASK, CAPTION]

    valued = scores(other_value)
    assert (valued["m&m's argument name F1"], valued["m&m's argument value F1"]) == (1, 0.5)
    assert valued["m&m's plan accuracy"] == 0
    assert valued["step argument accuracy"] == 0.5
    assert scores(other_names)["m&m's argument name F1"] == 0.5
    ordered = scores(other_order)
    assert (ordered["m&m's tool F1"], ordered["m&m's edge F1"]) == (1, 0)
    assert ordered["step tool accuracy"] == 0


def test_a_missing_plan_counts_everywhere() -> None:
    both = call_scores([CallsPair(RIGHT, RIGHT), CallsPair(RIGHT, None)])

    assert both["pass rate"] == 0.5
    assert both["m&m's argument value F1"] == pytest.approx(2 * 2 / (4 + 2))
    assert both["step tool accuracy"] == 0.5
    assert call_scores([]) == {}


def test_the_f1_of_tools_is_the_mean_over_tools() -> None:
    # Captioning is in both plans, answering was missed: 1 and 0.
    assert scores([CAPTION])["m&m's tool F1"] == 0.5


def test_the_alternative_that_fits_best_is_the_reference() -> None:
    alternatives = [RIGHT, [CAPTION]]

    assert best_reference(alternatives, [CAPTION]) == [CAPTION]
    assert best_reference(alternatives, None) == RIGHT
