"""The page that compares the architectures, written from what came of their requests."""

import pytest

from evals.pages import architectures_page
from evals.pages.architectures_page import TASKS, ArchitectureRecord, Trial, page_of


@pytest.fixture(autouse=True)
def trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        architectures_page, "count_trained_parameters", lambda conductor: len(conductor)
    )


def record(name: str, right: bool, seconds: float) -> ArchitectureRecord:
    trials = [Trial(task, "three cats", right, seconds, 200, "") for task in TASKS]
    return ArchitectureRecord(name, trials, peak_bytes=3 * 2**30)


def rows_of(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ")]


def test_each_task_has_a_row_with_the_share_of_right_pictures_and_its_interval() -> None:
    page = page_of([record("I", True, 4.0), record("II", False, 1.0)], {})

    assert "| subtraction | 1 of 1 (0.21 to 1.00) | 0 of 1 (0.00 to 0.79) |" in rows_of(page)
    assert "| **all** | 7 of 7 (0.65 to 1.00) | 0 of 7 (0.00 to 0.35) |" in rows_of(page)


def test_what_it_costs_stands_below() -> None:
    page = page_of([record("I", True, 4.0), record("II", False, 1.0)], {})

    assert "| seconds, median | 4.0 | 1.0 |" in rows_of(page)
    assert "| tokens, mean | 200 | 200 |" in rows_of(page)
    assert "| peak memory | 3.0 GiB | 3.0 GiB |" in rows_of(page)


def test_numbers_are_counted_apart() -> None:
    page = page_of([record("I", True, 4.0), record("II", False, 1.0)], {})

    assert "| I | – | – | 2 of 2 | – | – | – | – | – | – |" in rows_of(page)
    assert "| II | – | – | 0 of 2 | – | – | – | – | – | – |" in rows_of(page)


def test_what_the_parts_are_worth_is_shown_where_it_was_measured() -> None:
    both = [record("I", True, 4.0), record("II", False, 1.0)]

    assert "Signal tokens" not in page_of(both, {})
    assert "| 4 signals | .50 |" in page_of(both, {"Signal tokens": {"4 signals": ".50"}})
