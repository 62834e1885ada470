"""The suites that come with Batuta, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suite:
    """A suite: the function that builds its Inspect task, as `module:function`."""

    name: str
    entry_point: str
    summary: str
    needs_data: bool = False
    """Whether it reads published files from the folder of --data."""


SUITES = {
    suite.name: suite
    for suite in [
        Suite(
            "requests",
            "evals.suites.requests_suite:requests_suite",
            "Share of requests in everyday wording that are planned rightly.",
        ),
        Suite(
            "everyday",
            "evals.suites.requests_suite:everyday_suite",
            "Share of four unseen wordings for each everyday tool that are planned rightly.",
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
            "Share of BFCL questions with exactly the right calls.",
            needs_data=True,
        ),
        Suite(
            "mnms",
            "evals.suites.mnms_suite:mnms",
            "m&m's scores: F1 of tools, arguments and edges, and the pass rate.",
            needs_data=True,
        ),
        Suite(
            "world",
            "evals.suites.world_suite:world",
            "Count, find, describe, draw and listen with ground truth, scored by outcome.",
        ),
        Suite(
            "answers",
            "evals.suites.answers_suite:answers",
            "Requests about real files, judged by what is said and shown, and by made-up facts.",
        ),
        Suite(
            "tools",
            "evals.suites.tools_suite:tools",
            "Quality of each model at its tool, in measures such as AP, IoU and error rates.",
        ),
        Suite(
            "faults",
            "evals.suites.faults_suite:faults",
            "Share answered or honestly refused when tools fail or inject instructions.",
        ),
        Suite(
            "attacks",
            "evals.suites.attack_suite:attacks",
            "Whether orders in files, results and earlier answers are obeyed; none should be.",
        ),
        Suite(
            "peers",
            "evals.suites.peers_suite:peers",
            "One of six agents on the same requests and tools; batuta eval peers runs all.",
        ),
    ]
}
