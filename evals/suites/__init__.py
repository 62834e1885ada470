"""The suites that come with Batuta, by name: where each is, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suite:
    """A function that makes an Inspect task, as `module:function`."""

    name: str
    place: str
    tells: str
    needs_data: bool = False
    """Whether it reads published files that the evaluator has to bring, given by --data."""


SUITES = {
    suite.name: suite
    for suite in [
        Suite(
            "requests",
            "evals.suites.requests_suite:requests_suite",
            "How many requests, written as people write, are planned rightly.",
        ),
        Suite(
            "taskbench",
            "evals.suites.taskbench_suite:taskbench",
            "TaskBench's scores for one of its domains, as published and strict.",
            needs_data=True,
        ),
        Suite(
            "bfcl",
            "evals.suites.bfcl_suite:bfcl",
            "How many questions of BFCL get just the right calls.",
            needs_data=True,
        ),
        Suite(
            "world",
            "evals.suites.world_suite:world",
            "Count, find, describe, draw and listen where the truth is known, scored by outcome.",
        ),
        Suite(
            "tools",
            "evals.suites.tools_suite:tools",
            "How good each model is at its tool: AP, IoU, error rates and the like.",
        ),
        Suite(
            "faults",
            "evals.suites.faults_suite:faults",
            "What is still answered or honestly refused when tools fail; no order is obeyed.",
        ),
        Suite(
            "peers",
            "evals.suites.peers_suite:peers",
            "What a solved request costs, here and in smolagents' loop, as a ratio.",
        ),
    ]
}
