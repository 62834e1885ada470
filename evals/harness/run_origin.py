"""Say where a run comes from: its command, planner, machine and versions."""

from __future__ import annotations

import platform
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.harness.attempt import KEY
from tools.models.machine_probe import quick_gpu
from tools.operating_system import physical_memory_bytes, usable_cores

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

_MACHINE, _BATUTA, _PYTHON = "machine", "batuta", "python"
_PATHS = ("agent", "data", "samples")
"""Options that may be paths, of which only the last part says something to others."""
_OPTIONS = {"llm": "--llm", "profile": "--profile", "agent": "--agent", "data": "--data"}


def run_metadata(suite: str) -> dict[str, Any]:
    """Return what a log records beside Inspect's own facts."""
    return {
        "suite": suite,
        _MACHINE: _describe_machine(),
        _BATUTA: version("batuta"),
        _PYTHON: platform.python_version(),
    }


def run_command(log: EvalLog) -> str:
    """Return the command of a run; of paths only the last part."""
    metadata = log.eval.metadata or {}
    suite = str(metadata.get("suite", log.eval.task))
    words = ["batuta", "eval", Path(suite).name]
    for name, value in log.eval.task_args_passed.items():
        text = str(value)
        if "://" not in text and name in _PATHS:
            text = Path(text).name
        words += [_OPTIONS[name], text] if name in _OPTIONS else ["--set", f"{name}={text}"]
    if log.eval.config.limit is not None:
        words += ["--limit", str(log.eval.config.limit)]
    return shlex.join(words)


def describe_origin(log: EvalLog) -> str:
    """Return a sentence with the command, the planner, the date, the machine and the versions."""
    metadata = log.eval.metadata or {}
    models = {str((s.store.get(KEY) or {}).get("language_model", "")) for s in log.samples or []}
    planners = ", ".join(f"`{model}`" for model in sorted(filter(None, models)))
    revision = log.eval.revision
    versions = [
        f"Batuta {metadata[_BATUTA]}" if _BATUTA in metadata else "",
        f"commit {revision.commit}" if revision else "",
        f"Python {metadata[_PYTHON]}" if _PYTHON in metadata else "",
        *(f"{name} {number}" for name, number in log.eval.packages.items()),
    ]
    facts = [log.eval.created[:10], str(metadata.get(_MACHINE, "")), *versions]
    beginning = f"`{run_command(log)}`" + (f" with {planners}" if planners else "")
    status = "" if log.status == "success" else f" The run is not finished: {log.status}."
    return f"{beginning}: {', '.join(filter(None, facts))}.{status}"


def _describe_machine() -> str:
    cores = usable_cores()
    gpu = quick_gpu()
    return (
        f"{cores} CPU core{'s' * (cores != 1)}, "
        f"{physical_memory_bytes() / 2**30:.0f} GiB of memory, {gpu.name if gpu else 'no GPU'}"
    )
