r"""Votes from the chat as samples of the suite `answers`, once a person has reviewed them.

A folder holds samples.jsonl and the files of the requests. A line is a run that somebody voted on:

    {"run": "…", "up": false, "reason": "it missed one cup", "request": "…",
     "files": ["files/….png"], "earlier": [], "plan": "…",
     "answer": "There is 1 cup.", "review": "open", "says": []}

`review` is open, accepted, rejected or unusable. Only accepted samples count, and an accepted one
has a checkable fact: `says`, `says_not`, `number` or `shows`, as in answer_samples.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.record.artifacts import ArtifactStore
from agent.record.events import NamedValue, RunStarted
from agent.record.journal import Run, Runs
from agent.record.run_outcome import RunOutcome
from agent.web.store.votes import Sample, Votes
from evals.answer_samples import AnswerSample, EarlierRequest, ExpectedMedium
from tools.errors import InputError

FILE_KINDS = ("image", "audio", "video", "document")
SAMPLES_NAME = "samples.jsonl"


class VoteSample(BaseModel):
    """A run that somebody voted on, and what a reviewer says of a right answer."""

    model_config = ConfigDict(extra="forbid")

    run: str
    up: bool
    reason: str
    request: str
    files: list[str]
    """Paths below the folder of the samples."""
    earlier: list[EarlierRequest] = []
    plan: str
    answer: str
    """What was answered, right or wrong."""
    review: Literal["open", "accepted", "rejected", "unusable"] = "open"
    note: str = ""
    """Why it is unusable, or what the reviewer remarks."""
    says: list[list[str]] = []
    says_not: list[str] = []
    number: float | None = None
    shows: list[ExpectedMedium] = []

    @property
    def has_fact(self) -> bool:
        """Whether a right answer can be told from a wrong one."""
        return bool(self.says or self.says_not or self.shows or self.number is not None)


def collect_votes(home: Path, folder: Path) -> tuple[list[VoteSample], int]:
    """Add the runs voted on to the folder; return all samples and the number of new ones.

    What a reviewer has written stays as it is.
    """
    samples = read_vote_samples(folder)
    run_ids = {sample.run for sample in samples}
    runs = Runs(home / "runs")
    store = ArtifactStore(str(home / "artifacts"))
    voted = [vote for vote in Votes(home).samples(runs) if vote.run not in run_ids]
    # Reading every run takes a while, so it is done once, and only if there is something new.
    conversations = _runs_by_conversation(runs) if voted else {}
    fresh = [_vote_sample(vote, runs, conversations, store, folder) for vote in voted]
    if fresh:
        write_vote_samples(folder, [*samples, *fresh])
    return [*samples, *fresh], len(fresh)


def read_vote_samples(folder: Path) -> list[VoteSample]:
    """Read the samples of a folder, none if it has no file of them."""
    path = folder / SAMPLES_NAME
    if not path.exists():
        return []
    samples: list[VoteSample] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            samples.append(VoteSample.model_validate_json(line))
        except ValidationError as error:
            raise InputError(
                f"line {number} of {str(path)!r} is no sample: {error}",
                hint="a line is one JSON object; see docs/evals.md",
            ) from error
    return samples


def write_vote_samples(folder: Path, samples: Iterable[VoteSample]) -> None:
    """Write all samples; the file appears only when complete."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{SAMPLES_NAME}.tmp"
    lines = [
        json.dumps(
            sample.model_dump(mode="json", exclude_defaults=True) | {"review": sample.review}
        )
        for sample in samples
    ]
    temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    temporary.replace(folder / SAMPLES_NAME)


def accepted_samples(path: Path) -> list[AnswerSample]:
    """Return the accepted samples of a folder for the suite `answers`."""
    folder = path if path.is_dir() else path.parent
    accepted = [sample for sample in read_vote_samples(folder) if sample.review == "accepted"]
    if not accepted:
        raise InputError(
            f"there is no accepted sample in {str(folder)!r}",
            hint="review the votes first: batuta eval votes --review",
        )
    for sample in accepted:
        if not sample.has_fact:
            raise InputError(
                f"the accepted sample {sample.run!r} has nothing that can be checked",
                hint="give it says, says_not, number or shows; see docs/evals.md",
            )
    return [_answer_sample(sample, folder.resolve()) for sample in accepted]


def _answer_sample(sample: VoteSample, folder: Path) -> AnswerSample:
    return AnswerSample(
        id=f"vote-{sample.run}",
        split="report",
        kind="vote",
        request=sample.request,
        files=[str(folder / name) for name in sample.files],
        earlier=[
            turn.model_copy(update={"files": [str(folder / name) for name in turn.files]})
            for turn in sample.earlier
        ],
        plan=sample.plan,
        says=sample.says,
        says_not=sample.says_not,
        number=sample.number,
        shows=sample.shows,
    )


def _runs_by_conversation(runs: Runs) -> dict[str, list[str]]:
    """Return the runs of each conversation in the order of their start."""
    starts = [_start_of(Run(folder)) for folder in runs.folder.glob("*")]
    conversations: dict[str, list[str]] = {}
    for start in sorted(filter(None, starts), key=lambda start: start.at):
        conversations.setdefault(start.conversation, []).append(start.run)
    return conversations


def _start_of(run: Run) -> RunStarted | None:
    try:
        return run.start_event()
    except InputError:  # the process died before the first event
        return None


def _vote_sample(
    vote: Sample,
    runs: Runs,
    conversations: dict[str, list[str]],
    store: ArtifactStore,
    folder: Path,
) -> VoteSample:
    started = _start_of(Run(runs.folder / vote.run))
    conversation = conversations.get(started.conversation, []) if started else []
    before = conversation[: conversation.index(vote.run)] if vote.run in conversation else []
    sample = VoteSample(
        run=vote.run,
        up=vote.up,
        reason=vote.reason,
        request=vote.request,
        files=[],
        plan=vote.plan,
        answer=vote.answer,
    )
    try:
        sample.files = _copy_files(vote.files, store, folder)
        for run_id in before:
            run = Run(runs.folder / run_id)
            start = run.start_event()
            files = _copy_files(start.files, store, folder)
            sample.earlier.append(
                EarlierRequest(
                    request=start.request, files=files, plan=RunOutcome.of(run.events()).plan
                )
            )
    except InputError as error:
        sample.review, sample.note = "unusable", error.message
    return sample


def _copy_files(values: Sequence[NamedValue], store: ArtifactStore, folder: Path) -> list[str]:
    """Copy the files of a request; return their paths below the folder."""
    names: list[str] = []
    for value in values:
        if isinstance(value.value, str):
            content = value.value.encode()
            names.append(_write(folder, f"{hashlib.sha256(content).hexdigest()[:16]}.txt", content))
            continue
        if not isinstance(value.value, dict) or value.value["kind"] not in FILE_KINDS:
            raise InputError(
                f"{value.name!r} is no file of its own: only pictures, sounds, films and "
                "documents can be used again"
            )
        artifact, data = store.open(value.value["artifact"])
        names.append(_write(folder, f"{artifact.digest[:16]}{artifact.suffix}", data))
    return names


def _write(folder: Path, name: str, data: bytes) -> str:
    path = folder / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path.relative_to(folder))
