"""How many of a set of varied requests a language model plans rightly.

A plan is right if it passes every check and calls just the tools that one of the accepted plans
calls, in that order. The requests of the half called "tuning" were looked at while the prompt was
written; those of the half called "unseen" were only counted.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel

from agent.events import Event, PlanRejected
from agent.orchestra import Orchestra
from agent.plan import steps
from agent.planner import Planner
from agent.rules import Budget
from tools.errors import BatutaError
from tools.plugin import Tool
from tools.types import Type

_REQUESTS = Path(__file__).with_name("data") / "first_requests.jsonl"

_TYPES = {"image": Type("Image"), "audio": Type("Audio")}


class Task(BaseModel):
    """A request with its files, and the plans that are right, each as the tools it calls."""

    half: str
    request: str
    names: dict[str, str]
    plans: list[list[str]]

    @property
    def types(self) -> dict[str, Type]:
        return {name: _TYPES[name.rstrip("0123456789")] for name in self.names}


@dataclass(frozen=True)
class Score:
    """What became of one request."""

    task: Task
    right: bool
    repairs: int
    seconds: float
    plan: str
    """The plan, or why there is none."""


def offered_tools() -> dict[str, Tool[..., Any]]:
    """The tools that a planner is told of offline, where no picture is a scene."""
    return Orchestra.load("offline").offered_for({})


def tasks() -> list[Task]:
    """Every request of the set."""
    lines = _REQUESTS.read_text(encoding="utf-8").splitlines()
    return [Task.model_validate_json(line) for line in lines]


async def score(model: BaseChatModel) -> AsyncIterator[Score]:
    """Each request's score, as the model plans it."""
    tools = offered_tools()
    for task in tasks():
        rejected: list[Event] = []
        planner = Planner(model, tools, seed=0, emit=rejected.append, budget=Budget())
        begun = time.perf_counter()
        try:
            checked = await planner.plan(task.request, task.types, task.names, ())
            right = [step.tool for step in steps(checked)] in task.plans
            plan = checked.text
        except BatutaError as error:
            right, plan = False, str(error)
        repairs = sum(isinstance(event, PlanRejected) for event in rejected)
        yield Score(task, right, repairs, time.perf_counter() - begun, plan)
