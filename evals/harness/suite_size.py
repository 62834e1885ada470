"""Say how much of a suite a run has seen: a small sample tells little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evals.harness.run_suite import load_suite
from tools.errors import BatutaError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

_NOT_LIMITING = ("profile", "data", "any_version")
"""Options of suites that choose no part of their samples."""


def suite_size(log: EvalLog) -> int | None:
    """Return the number of samples of the whole suite; None if it cannot be loaded any more."""
    arguments = log.eval.task_args_passed
    options = {name: arguments[name] for name in _NOT_LIMITING if name in arguments}
    try:
        task = load_suite(str((log.eval.metadata or {}).get("suite", "")))(**options)
    except (BatutaError, TypeError):
        return None
    return len(task.dataset)


def describe_share(log: EvalLog) -> str:
    """Return which share of the suite's samples the run has seen."""
    count = len(log.samples or [])
    total = suite_size(log)
    if total is None or total < count:
        return f"{log.eval.task}: {count} samples"
    return f"{log.eval.task}: {count} of {total} samples, {100 * count / total:.0f} % of the suite"
