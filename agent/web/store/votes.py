"""Votes on answers, one JSON line each, and evaluation samples from them.

    {"run": "20261120-051233-7f3a10", "up": false, "reason": "it missed a cup", "at": 1795000000.0}

A vote refers to its run, whose trace holds the request, the files by digest, the plan and the
answer. The file is append-only: a later vote on a run replaces an earlier one.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from agent.record.events import NamedValue
from agent.record.journal import Run, Runs
from agent.record.run_outcome import RunOutcome
from tools.errors import InputError
from tools.operating_system import wait_for_lock

MAX_REASON_LENGTH = 1_000
"""Longest reason, in characters."""

_RUN = re.compile(r"[\w-]{1,100}")


class Vote(BaseModel):
    """A person's vote on a run's answer, and the reason."""

    model_config = ConfigDict(frozen=True)

    run: str
    up: bool
    reason: str = Field(validation_alias=AliasChoices("reason", "why"))
    at: float


class Sample(BaseModel):
    """An evaluation sample: a run with its vote, files as artifact references."""

    model_config = ConfigDict(frozen=True)

    run: str
    request: str
    files: tuple[NamedValue, ...]
    plan: str
    answer: str
    state: str
    up: bool
    reason: str


class Votes:
    """The votes in a folder's `votes.jsonl`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "votes.jsonl"
        self._latest: dict[str, Vote] = {}
        self._read_bytes = 0
        # Pages are rendered in several threads.
        self._lock = Lock()

    def add(self, run: str, up: bool, reason: str = "") -> Vote:
        """Append a vote on a run; raise InputError for an overlong reason."""
        reason = " ".join(reason.split())
        if len(reason) > MAX_REASON_LENGTH:
            raise InputError(
                f"the reason has {len(reason):,} characters; {MAX_REASON_LENGTH:,} are allowed",
                hint="shorten the reason",
            )
        if not _RUN.fullmatch(run):
            raise InputError(
                f"{run[:60]!r} is not the id of a run", hint="vote on a finished answer"
            )
        vote = Vote(run=run, up=up, reason=reason, at=time.time())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            wait_for_lock(file)
            prefix = b"" if _ends_with_newline(file.fileno()) else b"\n"
            file.write(prefix + vote.model_dump_json().encode() + b"\n")
        return vote

    def latest(self) -> Mapping[str, Vote]:
        """Return the last vote on each run; read only what was appended since the last call."""
        with suppress(FileNotFoundError), self._lock, self.path.open("rb") as file:
            file.seek(self._read_bytes)
            complete_lines = file.read().rpartition(b"\n")[0]
            self._read_bytes += len(complete_lines)
            self._latest |= {vote.run: vote for vote in _parse(complete_lines)}
        return self._latest

    def all(self) -> list[Vote]:
        """Return all votes in order, skipping incomplete lines."""
        return list(_parse(self.path.read_bytes())) if self.path.exists() else []

    def samples(self, runs: Runs) -> list[Sample]:
        """Return each run with its last vote, without deleted runs."""
        return [
            sample
            for vote in self.latest().values()
            if (sample := _sample(runs.get(vote.run), vote))
        ]


def _parse(lines: bytes) -> Iterator[Vote]:
    for line in lines.split(b"\n"):
        with suppress(ValidationError):
            yield Vote.model_validate_json(line)


def _ends_with_newline(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _sample(run: Run, vote: Vote) -> Sample | None:
    outcome = RunOutcome.of(run.events())
    if not outcome.run:
        return None
    return Sample(
        run=vote.run,
        request=outcome.request,
        files=outcome.files,
        plan=outcome.plan,
        answer=outcome.answer,
        state=outcome.state,
        up=vote.up,
        reason=vote.reason,
    )
