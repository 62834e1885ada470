"""What a conversation carries from run to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, islice

from pydantic import BaseModel

from agent.plan import Plan, format_plan
from agent.plan.plan_limits import LIMITS
from agent.plan.syntax.tree import Say, Text
from agent.record.artifacts import Encoded
from agent.record.events import NamedValue
from agent.record.journal import Runs
from agent.record.run_outcome import answered_runs

Turn = dict[str, str]
"""A request with the plan and the answer that followed, as the planner reads it."""


class ConversationState(BaseModel):
    """The last run of a conversation, its names and its turns."""

    run: str = ""
    names: dict[str, Encoded] = {}
    turns: list[Turn] = []


def name_uploads(names: Mapping[str, Encoded], uploads: Sequence[Encoded]) -> list[NamedValue]:
    """Name the new files image1, audio1, …

    Numbers continue from earlier turns. The images of a folder are one list, images1.
    """
    used_names = set(names)
    files: list[NamedValue] = []
    for upload in uploads:
        kind = upload["kind"] if isinstance(upload, dict) else "text"
        if isinstance(upload, list):
            kind = "images"
        number = next(number for number in count(1) if f"{kind}{number}" not in used_names)
        used_names.add(f"{kind}{number}")
        files.append(NamedValue(f"{kind}{number}", upload))
    return files


def read_turns(
    runs: Runs, run_ids: Sequence[str], adopted_turns: Sequence[Turn], limit: int | None = None
) -> list[Turn]:
    """Return the last turns: those a conversation was begun with, and those of its runs."""
    turns = [
        {"request": run.request, "plan": run.plan, "answer": run.answer}
        for run in islice(answered_runs(runs, run_ids), limit)
    ]
    all_turns = [*adopted_turns, *reversed(turns)]
    return all_turns if limit is None else all_turns[-limit:]


def turn_without_plan(request: str, answer: str) -> Turn:
    """Return the turn of an exchange that no plan led to, as if its answer had been said."""
    text = answer[: LIMITS.text_characters]
    return {"request": request, "plan": format_plan(Plan((Say(Text((text,))),))), "answer": answer}
