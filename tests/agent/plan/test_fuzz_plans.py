"""The fuzz run of tests/agent/plan/fuzz_plans.py, on fewer plans than its own."""

import pytest

from tests.agent.plan.fuzz_plans import fuzz


@pytest.mark.slow
def test_random_and_mutated_plans_end_in_a_result_or_in_a_plan_error():
    report = fuzz(3_000, seed=1)
    assert report.errors == []
    assert sum(report.outcomes.values()) == 3_000
    assert min(report.outcomes[kind] for kind in ("refused", "run", "run with failures")) > 300
