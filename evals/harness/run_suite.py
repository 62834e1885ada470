"""Run suites with Inspect; each run is a folder with its log.

eval-runs/requests-20261120-091500/
    …_requests_….eval   the log, which `inspect view` opens
    artifacts/ runs/    the agent's results and traces
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.runtime.run_coroutine import run_coroutine
from evals.harness.ablations import FULL
from evals.harness.eval_agents import shared_agents
from evals.harness.run_origin import run_metadata
from evals.suites import SUITES
from tools.errors import InputError

if TYPE_CHECKING:
    from inspect_ai import Task
    from inspect_ai.log import EvalLog

_MODEL_OPTIONS = ("llm", "profile", "agent_model")
"""Runs that differ in these only are runs of the same suite, and can be compared."""

MakeTask = Callable[..., "Task"]


@dataclass(frozen=True)
class SuiteOptions:
    """The suite to run and its options."""

    suite: str
    """A name of SUITES, or a Python file with an Inspect task."""
    arguments: dict[str, Any]
    """Arguments of the suite's function."""
    limit: int | None = None


async def run_suite(suite_options: SuiteOptions, out: Path, *, resume: bool = True) -> EvalLog:
    """Run a suite, or resume its unfinished run, and return its log."""
    from inspect_ai import eval_async, eval_retry_async

    os.environ.setdefault("INSPECT_DISPLAY", "plain")
    make_task = load_suite(suite_options.suite)
    task = _make_task(make_task, suite_options)
    name = task.name
    unfinished = _find_unfinished(suite_options, name, out) if resume else None
    folder = unfinished[0] if unfinished else _new_folder(out, name)
    options: dict[str, Any] = {
        "log_dir": str(folder),
        # One sample at a time: they share one language model, and each is timed separately.
        "max_samples": 1,
        # Each sample is on disk before the next starts, so that a killed run loses only one.
        "log_buffer": 1,
        "log_images": True,
        "log_realtime": False,
        "ctl_server": False,
        # A sample whose solver raises counts as wrong; the others continue.
        "fail_on_error": False,
        "score_on_error": True,
    }
    async with shared_agents(folder):
        if unfinished:
            logs = await eval_retry_async(unfinished[1], **options)
        else:
            metadata = run_metadata(suite_options.suite)
            logs = await eval_async(
                task, model=None, limit=suite_options.limit, metadata=metadata, **options
            )
    return logs[0]


def _new_folder(out: Path, name: str) -> Path:
    """Create a folder whose name says when; runs of one second get different ones."""
    while True:
        folder = out / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            time.sleep(0.2)
        else:
            return folder


def score_again(log: EvalLog) -> EvalLog:
    """Score a log again with its suite's current scorers, without running anything."""
    from inspect_ai import score

    make_task = load_suite(log.eval.metadata["suite"] if log.eval.metadata else log.eval.task)
    task = make_task(**log.eval.task_args_passed)
    return score(log, task.scorer or [], action="overwrite", display="none")


def read_run(path: Path, *, header_only: bool = False) -> EvalLog:
    """Read the latest log of a run's folder, or one log file."""
    from inspect_ai.log import read_eval_log

    if not path.exists():
        raise InputError(
            f"there is no run {str(path)!r}", hint="name a folder that batuta eval wrote"
        )
    file = path if path.is_file() else _latest_log(path)
    return read_eval_log(str(file), header_only=header_only)


def list_runs(path: Path) -> dict[str, Path]:
    """Return the run, or the latest run of each suite in a folder, by `describe_suite`.

    Runs with other data, samples or parts of the agent are not runs of the same suite: the latest
    run of an ablation does not stand for the whole agent.
    """
    if path.is_file() or any(path.glob("*.eval")):
        return {describe_suite(read_run(path, header_only=True)): path}
    folders = [folder for folder in path.glob("*-*-*") if any(folder.glob("*.eval"))]
    latest = {
        describe_suite(read_run(folder, header_only=True)): folder
        for folder in sorted(folders, key=lambda folder: folder.name.rsplit("-", 2)[1:])
    }
    if not latest:
        raise InputError(f"there is no run in {str(path)!r}", hint="name a run's folder")
    return latest


def describe_suite(log: EvalLog) -> str:
    """Return a run's suite with its options, except those that choose the models."""
    options = {
        name: Path(str(value)).name if name == "data" else value
        for name, value in log.eval.task_args_passed.items()
        if name not in _MODEL_OPTIONS and value != FULL
    }
    text = ", ".join(f"{name}={value}" for name, value in sorted(options.items()))
    return f"{log.eval.task} with {text}" if text else log.eval.task


def load_suite(name: str) -> MakeTask:
    """Return the function that creates a suite's Inspect task."""
    if name.endswith(".py"):
        return _load_task(Path(name))
    if name not in SUITES:
        raise InputError(
            f"there is no suite {name!r}; there are: {', '.join(SUITES)}",
            hint="batuta eval list says what they are; a file of your own ends in .py",
        )
    module, _, function = SUITES[name].entry_point.partition(":")
    return getattr(importlib.import_module(module), function)


def _load_task(path: Path) -> MakeTask:
    from inspect_ai._util.registry import is_registry_object

    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}", hint="check its name and place")
    spec = importlib.util.spec_from_file_location(f"batuta_suite_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tasks = [value for value in vars(module).values() if is_registry_object(value, "task")]
    if len(tasks) != 1:
        raise InputError(
            f"{str(path)!r} has {len(tasks)} functions under @task; allowed: one",
            hint="put @task above the function that makes the suite",
        )
    return cast("MakeTask", tasks[0])


def _make_task(make_task: MakeTask, options: SuiteOptions) -> Task:
    try:
        return make_task(**options.arguments)
    except TypeError as error:
        raise InputError(
            f"the suite {options.suite!r} does not take these options: {error}",
            hint="see the parameters of its function",
        ) from error


def _find_unfinished(options: SuiteOptions, name: str, out: Path) -> tuple[Path, EvalLog] | None:
    """Return the latest run with the same options if it is unfinished."""
    for folder in sorted(out.glob(f"{name}-*"), reverse=True):
        if not any(folder.glob("*.eval")):
            continue
        log = read_run(folder, header_only=True)
        if not _has_options(log, options):
            continue
        if log.status == "success":
            return None
        full_log = read_run(folder)
        # Inspect would look for the suite's file relative to the folder where the run started, and
        # for a killed run's buffers. The suite is already imported, and every sample is on disk.
        full_log.eval.task_file = None
        full_log.status = "error"
        return folder, full_log
    return None


def find_finished(options: SuiteOptions, out: Path) -> EvalLog | None:
    """Return the latest finished run with the same options."""
    name = _make_task(load_suite(options.suite), options).name
    for folder in sorted(out.glob(f"{name}-*"), reverse=True):
        if not any(folder.glob("*.eval")):
            continue
        log = read_run(folder, header_only=True)
        if _has_options(log, options) and log.status == "success":
            return read_run(folder)
    return None


def finish_run(options: SuiteOptions, out: Path, *, fresh: bool = False) -> EvalLog:
    """Return the finished run with these options; continue it, or start one, if there is none.

    Inspect's progress goes to stderr. InputError if the run does not finish.
    """
    log = None if fresh else find_finished(options, out)
    if log is None:
        with redirect_stdout(sys.stderr):
            log = run_coroutine(run_suite(options, out, resume=not fresh))
    if log.status != "success":
        arguments = ", ".join(f"{name}={value}" for name, value in options.arguments.items())
        raise InputError(
            f"the run of {options.suite!r} with {arguments} is {log.status!r}",
            hint="repeat the command to continue it",
        )
    return log


def _has_options(log: EvalLog, options: SuiteOptions) -> bool:
    return log.eval.task_args_passed == options.arguments and log.eval.config.limit == options.limit


def _latest_log(folder: Path) -> Path:
    logs = sorted(folder.glob("*.eval"), key=lambda path: path.stat().st_mtime)
    if not logs:
        raise InputError(f"there is no log in {str(folder)!r}", hint="name a run's folder")
    return logs[-1]
