"""Paired tests: published examples, and how often noise alone passes for a difference."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.scoring.paired_tests import (
    adjust_p_values,
    bootstrap_interval,
    mcnemar_p,
    newcombe_interval,
    run_paired_test,
    sign_flip_p,
)


def paired(both: int, only_a: int, only_b: int, neither: int) -> tuple[list[float], list[float]]:
    a = [1.0] * both + [1.0] * only_a + [0.0] * only_b + [0.0] * neither
    b = [1.0] * both + [0.0] * only_a + [1.0] * only_b + [0.0] * neither
    return a, b


@pytest.mark.parametrize(
    ("worse", "better", "p"),
    [(0, 0, 1.0), (3, 2, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (8, 1, 20 / 512)],
)
def test_mcnemars_exact_test_counts_only_changed_samples(worse: int, better: int, p: float) -> None:
    assert mcnemar_p(*paired(20, worse, better, 10)) == pytest.approx(p)


def test_the_interval_holds_the_true_difference_in_nineteen_of_twenty_experiments() -> None:
    rng = random.Random(5)
    hits = 0
    for _ in range(1000):
        # Right in A .7; in B .7 * .8 + .3 * .3 = .65
        a = [float(rng.random() < 0.7) for _ in range(40)]
        b = [float(rng.random() < (0.8 if value else 0.3)) for value in a]
        low, high = newcombe_interval(a, b)
        hits += low <= -0.05 <= high

    assert 935 <= hits <= 985


def test_the_interval_of_swapped_runs_is_its_mirror_image() -> None:
    a, b = paired(36, 2, 12, 0)

    low, high = newcombe_interval(a, b)

    assert newcombe_interval(b, a) == pytest.approx((-high, -low))
    assert 0 < low < 0.2 < high


def test_equal_runs_leave_room_for_a_difference() -> None:
    low, high = newcombe_interval(*paired(10, 0, 0, 10))

    assert low < 0 < high


def test_numbers_are_tested_by_flipping_signs() -> None:
    assert sign_flip_p([1.0] * 5) == 2 / 32
    assert sign_flip_p([0.0, 0.0]) == 1.0
    assert sign_flip_p([0.5] * 40) < 0.001
    assert run_paired_test([0.1, 0.2], [0.3, 0.4]).name == "permutation"
    assert run_paired_test([0.0, 1.0], [1.0, 1.0]).name == "McNemar"


@given(st.lists(st.floats(-10, 10, allow_subnormal=False), min_size=1, max_size=30))
def test_the_order_of_the_runs_does_not_matter(differences: list[float]) -> None:
    assert sign_flip_p(differences) == sign_flip_p([-value for value in differences])


def test_noise_passes_for_a_difference_in_at_most_one_of_twenty() -> None:
    rng = random.Random(7)
    false_alarms = 0
    for _ in range(400):
        a, b = ([float(rng.random() < 0.6) for _ in range(40)] for _ in range(2))
        false_alarms += mcnemar_p(a, b) < 0.05

    assert false_alarms <= 20


def test_a_loss_of_a_fifth_of_a_hundred_is_noticed_nearly_always() -> None:
    rng = random.Random(7)
    alarms = 0
    for _ in range(100):
        a = [float(rng.random() < 0.8) for _ in range(100)]
        b = [value if rng.random() > 0.25 else 0.0 for value in a]
        alarms += mcnemar_p(a, b) < 0.05

    assert alarms >= 95


def test_several_scores_need_smaller_p_values() -> None:
    assert adjust_p_values([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjust_p_values([0.02]) == [0.02]
    assert adjust_p_values([0.9, 0.8]) == [1.0, 1.0]


def test_the_interval_is_the_same_each_time_and_narrows_with_more_samples() -> None:
    few, many = [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0] * 25

    assert bootstrap_interval(few) == bootstrap_interval(few)
    narrow, wide = bootstrap_interval(many), bootstrap_interval(few)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    assert narrow[0] < 0.25 < narrow[1]
