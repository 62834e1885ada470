"""Shares and ratios with their 95 % intervals."""

import pytest

from evals.scoring.estimates import estimate_ratio, estimate_share, format_share


@pytest.mark.parametrize(("value", "text"), [(0.5, ".50"), (1.0, "1.00"), (0.0, ".00")])
def test_a_share_has_no_leading_zero(value: float, text: str) -> None:
    assert format_share(value) == text


def test_a_share_has_wilsons_interval_and_none_of_nothing_is_unknown() -> None:
    assert str(estimate_share([1.0, 0.0, 1.0])) == ".67 (.21 to .94)"
    assert str(estimate_share([])) == ".00 (.00 to 1.00)"


def test_a_ratio_is_that_of_the_sums_and_its_interval_shrinks_with_samples() -> None:
    few = estimate_ratio([2, 0], [2, 4])
    many = estimate_ratio([2, 0] * 200, [2, 4] * 200)

    assert few.value == many.value == pytest.approx(1 / 3)
    assert (few.low, few.high) == (0, 1)
    assert 0.28 < many.low < 1 / 3 < many.high < 0.39


def test_groups_are_averaged_and_those_that_do_not_occur_are_left_out() -> None:
    macro = estimate_ratio([[2, 0, 0], [2, 0, 0]], [[2, 1, 0], [2, 1, 0]])

    assert (macro.value, macro.low, macro.high) == (0.5, 0.5, 0.5)
    assert estimate_ratio([], []).high == 1
