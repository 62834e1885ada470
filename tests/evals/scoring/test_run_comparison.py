"""Two runs are compared on the samples that both have, with a verdict in words."""

from typing import Any
from xml.etree import ElementTree

import pytest
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec
from inspect_ai.scorer import Score

from evals.scoring.comparison_text import as_json, as_junit, explain, notes, summarize
from evals.scoring.run_comparison import Comparison, compare_runs
from tools.errors import InputError


def log(values: dict[str, Any], name: str = "right", epochs: int = 1) -> EvalLog:
    samples = [
        EvalSample(
            id=key,
            epoch=epoch,
            input=f"request {key}",
            target="",
            scores={} if value is None else {name: Score(value=value)},
        )
        for key, value in values.items()
        for epoch in range(1, epochs + 1)
    ]
    spec = EvalSpec(
        created="2026-11-20T09:00:00+00:00",
        task="some",
        dataset=EvalDataset(),
        model="none/none",
        config=EvalConfig(),
    )
    return EvalLog(eval=spec, samples=samples, status="success")


def only_score(before: EvalLog, after: EvalLog, **options: Any) -> Comparison:
    (score,) = compare_runs(before, after, **options).scores
    return score


def numbered(values: list[float]) -> EvalLog:
    return log({str(number): value for number, value in enumerate(values)})


def test_a_difference_that_chance_explains_is_not_sure() -> None:
    before = log({"a": 1, "b": 0, "c": 1, "d": 0})
    after = log({"a": 1, "b": 1, "c": 0, "d": 0})

    compared = only_score(before, after)

    assert (compared.samples, compared.mean_a, compared.mean_b) == (4, 0.5, 0.5)
    assert compared.low < 0 < compared.high
    assert compared.verdict == "no sure difference"
    assert [sample.sample for sample in compared.better] == ["b"]
    assert [sample.sample for sample in compared.worse] == ["c"]


def test_a_run_that_loses_nearly_everything_is_worse() -> None:
    compared = only_score(numbered([1.0] * 20), numbered([1.0] + [0.0] * 19))

    assert compared.is_worse
    assert compared.difference == pytest.approx(-0.95)
    assert explain(compared) == (
        "B is worse in right: 19 became wrong and 0 right, of 20. Chance alone gives such a "
        "difference in less than 1 % of comparisons; B - A is -99 to -70 points (95 % interval)."
    )


def test_five_lost_samples_may_be_chance_and_six_are_not() -> None:
    before = numbered([1.0] * 30)

    assert not only_score(before, numbered([0.0] * 5 + [1.0] * 25)).is_worse
    assert only_score(before, numbered([0.0] * 6 + [1.0] * 24)).is_worse


def test_numbers_are_compared_too_and_one_sample_proves_nothing() -> None:
    assert not only_score(numbered([0.9]), numbered([0.1])).is_worse
    assert only_score(numbered([0.9] * 10), numbered([0.8] * 10)).is_worse


def test_an_error_rate_is_better_when_it_falls() -> None:
    before, after = numbered([0.5] * 10), numbered([0.1] * 10)

    assert only_score(before, after).is_worse
    fallen = only_score(before, after, lower_is_better=["right"])
    assert (fallen.verdict, len(fallen.better)) == ("better", 10)


def test_scores_of_any_inspect_log_are_read() -> None:
    letters = {"a": "C", "b": "I", "c": "P", "d": True, "e": "N"}

    compared = only_score(log(letters, epochs=2), log(dict.fromkeys(letters, 1)))

    assert compared.mean_a == (1 + 0 + 0.5 + 1 + 0) / 5
    assert compared.samples == 5


def test_a_sample_without_a_score_counts_as_wrong() -> None:
    compared = only_score(log({"a": 1, "b": 1}), log({"a": 1, "b": None}))

    assert compared.mean_b == 0.5
    assert [sample.sample for sample in compared.worse] == ["b"]


def test_samples_of_one_run_only_are_named() -> None:
    comparison = compare_runs(log({"a": 1, "b": 1}), log({"b": 1, "c": 1}))

    assert notes(comparison) == [
        "1 samples are only in A: a",
        "1 samples are only in B: c",
    ]


def test_runs_of_different_suites_are_not_compared() -> None:
    with pytest.raises(InputError, match="no score in common: right and other"):
        compare_runs(log({"a": 1}), log({"a": 1}, name="other"))


def test_an_unknown_score_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no score 'left'; they have: right"):
        compare_runs(log({"a": 1}), log({"a": 1}), only=["left"])


def test_a_comparison_is_plain_values_and_junit_xml() -> None:
    comparison = compare_runs(numbered([1.0] * 20), numbered([0.0] * 20))

    content = as_json(comparison)
    assert (content["worse"], content["scores"][0]["became_worse"][:2]) == (True, ["0", "1"])
    assert content["verdict"] == summarize(comparison) == "B is worse than A in right."
    root = ElementTree.fromstring(as_junit([comparison], ["world: no \x07 run"]))
    assert [(s.get("name"), s.get("failures"), s.get("errors")) for s in root] == [
        ("some", "1", "0"),
        ("runs", "0", "1"),
    ]
    failure = root.find("./testsuite/testcase/failure")
    assert failure is not None
    assert "19: request 19" in (failure.text or "")
