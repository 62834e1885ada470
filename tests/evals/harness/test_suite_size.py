"""A run says which share of its suite it has seen."""

from typing import Any

from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec

from evals.harness.suite_size import describe_share
from evals.request_samples import requests


def log(suite: str, count: int, **arguments: Any) -> EvalLog:
    spec = EvalSpec(
        created="2026-11-20T09:00:00+00:00",
        task=suite,
        task_args_passed=arguments,
        metadata={"suite": suite},
        dataset=EvalDataset(),
        model="none/none",
        config=EvalConfig(),
    )
    samples = [EvalSample(id=number, epoch=1, input="", target="") for number in range(count)]
    return EvalLog(eval=spec, samples=samples)


def test_the_share_is_that_of_the_whole_suite() -> None:
    total = len(requests())

    text = describe_share(log("requests", 12, llm="scripted:x", split="tune"))

    assert text == f"requests: 12 of {total} samples, {100 * 12 / total:.0f} % of the suite"


def test_a_suite_that_is_not_there_has_no_share() -> None:
    assert describe_share(log("gone", 3)) == "gone: 3 samples"
    assert describe_share(log("taskbench", 3, data="/no/such/folder")) == "taskbench: 3 samples"
