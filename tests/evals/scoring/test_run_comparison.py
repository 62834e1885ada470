"""Two runs are compared on the samples that both have, with an interval for the difference."""

import pytest
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec
from inspect_ai.scorer import Score

from evals.scoring.run_comparison import bootstrap_interval, compare_runs
from tools.errors import InputError


def log(values: dict[str, float | None], name: str = "right") -> EvalLog:
    samples = [
        EvalSample(
            id=key,
            epoch=1,
            input=f"request {key}",
            target="",
            scores={} if value is None else {name: Score(value=value)},
        )
        for key, value in values.items()
    ]
    spec = EvalSpec(
        created="2026-11-20T09:00:00+00:00",
        task="some",
        dataset=EvalDataset(),
        model="none/none",
        config=EvalConfig(),
    )
    return EvalLog(eval=spec, samples=samples)


def test_a_difference_that_chance_explains_is_not_sure():
    before = log({"a": 1, "b": 0, "c": 1, "d": 0})
    after = log({"a": 1, "b": 1, "c": 0, "d": 0})

    (compared,) = compare_runs(before, after)

    assert (compared.samples, compared.mean_a, compared.mean_b) == (4, 0.5, 0.5)
    assert compared.low < 0 < compared.high
    assert not compared.is_worse
    assert [sample.sample for sample in compared.better] == ["b"]
    assert [sample.sample for sample in compared.worse] == ["c"]


def test_a_run_that_loses_nearly_everything_is_worse():
    before = log({str(number): 1 for number in range(20)})
    after = log({str(number): float(number == 0) for number in range(20)})

    (compared,) = compare_runs(before, after)

    assert compared.is_worse
    assert compared.mean_b - compared.mean_a == pytest.approx(-0.95)


def test_a_sample_without_a_score_counts_as_wrong():
    (compared,) = compare_runs(log({"a": 1, "b": 1}), log({"a": 1, "b": None}))

    assert compared.mean_b == 0.5
    assert [sample.sample for sample in compared.worse] == ["b"]


def test_runs_of_different_suites_are_not_compared():
    with pytest.raises(InputError, match="no score in common: right and other"):
        compare_runs(log({"a": 1}), log({"a": 1}, name="other"))


def test_the_interval_is_the_same_each_time_and_narrows_with_more_samples():
    few, many = [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0] * 25

    assert bootstrap_interval(few) == bootstrap_interval(few)
    narrow, wide = bootstrap_interval(many), bootstrap_interval(few)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    assert narrow[0] < 0.25 < narrow[1]
