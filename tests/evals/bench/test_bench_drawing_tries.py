"""How each method chooses among the drawings of a request."""

import pytest

from evals.bench.bench_drawing_tries import METHODS, Case, Trial
from evals.scoring.layer_scores import LayerScore

RIGHT, WRONG = LayerScore(True, None, None), LayerScore(False, None, None)


def trial(faults: int, similarity: float, score: LayerScore, answer_faults: int = 0) -> Trial:
    return Trial(faults, similarity, score, answer_faults)


CASE = Case(
    worded=[trial(2, 0.3, WRONG), trial(1, 0.9, WRONG), trial(0, 0.1, RIGHT), trial(0, 0.2, WRONG)],
    plain=[
        trial(0, 0.1, RIGHT, 2),
        trial(1, 0.3, WRONG),
        trial(1, 0.2, RIGHT),
        trial(0, 0.1, RIGHT),
    ],
)


@pytest.mark.parametrize(
    ("method", "tries", "is_right", "drawings"),
    [
        ("by CLIP", 1, False, 1),
        ("by CLIP", 4, False, 4),
        ("checked", 2, False, 2),
        ("checked", 4, True, 3),
        ("by CLIP, plain", 2, False, 2),
        ("draw_checked", 1, True, 1),
        ("draw_checked", 4, True, 1),
        ("draw_with_questions", 1, True, 1),
        ("draw_with_questions", 4, False, 2),
        ("perfect, plain", 2, True, 2),
    ],
)
def test_a_method_chooses_among_the_first_drawings(
    method: str, tries: int, is_right: bool, drawings: int
) -> None:
    choice = METHODS[method](CASE, tries)

    assert (choice.score.number, choice.drawings) == (is_right, drawings)
