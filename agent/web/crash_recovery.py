"""Resume the runs that a server left unfinished, one by one those that may have crashed it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agent.record.journal import Run
from agent.web.jobs import JobRunner
from tools.errors import BatutaError

log = logging.getLogger(__name__)

_MAX_CRASHES = 2
_CRASHED_TWICE = (
    "the server crashed twice while it ran this request, so the run was not resumed\n"
    "hint: leave out the step that ran last, or try again"
)
_CRASHED_ALONE = (
    "the server crashed three times while it ran this request, the last time while it ran nothing "
    "else, so the run was not resumed\n"
    "hint: leave out the step that ran last, or try again"
)
_ALONE_SECONDS = 60.0
"""How long all other runs wait for a run that may have crashed the server."""


@dataclass(frozen=True)
class InterruptedRun:
    """A run that was in progress when the server ended."""

    run: Run
    resume: Callable[[bool], Awaitable[bool]]
    """Resume it, without a slot of the queue if the argument is true; return whether it could."""
    on_failure: Callable[[], None]
    """Called after the run has failed because it crashed the server."""

    def fail(self, reason: str) -> None:
        log.error("run %s is not resumed: %s", self.run.id, reason)
        self.run.reset_crashes()
        self.run.fail(reason)
        self.on_failure()


def is_interrupted(run: Run) -> bool:
    """Return whether the run can be resumed after a restart."""
    try:
        return run.summary().state in ("interrupted", "stopped")
    except BatutaError as error:
        log.warning("run %s was not resumed: %s", run.id, error)
        return False


async def resume_interrupted_runs(
    jobs: JobRunner, interrupted: Sequence[InterruptedRun]
) -> asyncio.Task[None] | None:
    """Resume the runs; return the task that resumes those that may have crashed the server."""
    suspects = [entry for entry in interrupted if entry.run.crashes() >= _MAX_CRASHES]
    if suspects:
        jobs.pause()
    for entry in interrupted:
        if entry not in suspects:
            await entry.resume(False)
    if len(interrupted) == 1 and suspects:
        suspects.pop().fail(_CRASHED_TWICE)
    if suspects:
        return asyncio.create_task(_resume_one_by_one(jobs, suspects))
    jobs.unpause()
    return None


async def _resume_one_by_one(jobs: JobRunner, suspects: Sequence[InterruptedRun]) -> None:
    """Resume each run while nothing else runs, so that the one that crashes is known."""
    for suspect in suspects:
        if suspect.run.crashes() > _MAX_CRASHES:
            suspect.fail(_CRASHED_ALONE)
            continue
        jobs.pause()
        if await suspect.resume(True):
            await jobs.wait_until_finished(suspect.run.id, _ALONE_SECONDS)
            jobs.unpause()
            await jobs.wait_until_finished(suspect.run.id)
    jobs.unpause()
