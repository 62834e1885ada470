r"""Requests of our own, each with the plans that are right: evals/data/requests.jsonl.

A line is one request:

    {"id": "cups", "split": "report", "kind": "short", "request": "how many cups?",
     "names": {"image1": "a picture of 640×480 pixels"},
     "plans": ["n = count(detect(image1, \"cup\"))\nsay(\"{n} cups\")"], "says": []}

`split` says whether it may be looked at while prompts are changed (tune) or is only counted
(report). `types` says what names hold that are not files. `otherwise` are plans that are right
where the tools of no other plan are at hand. `says` are words of which one has to be in the answer
of a plan that calls no tool; "…" in a plan stands for any words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from agent.plan import Callee, CallSite, CheckedPlan, PlanError, interpret, read_plan, steps
from agent.plan.compare.dataflow import same_dataflow
from agent.plan.syntax.tree import FILE_KINDS
from agent.planner.plan_examples import IMAGE_DESCRIPTION, SCENE_DESCRIPTION
from evals.harness.type_names import parse_type
from tools.sdk.plan_types import Type, Value
from tools.signal.label_matching import match_label

_FILE = Path(__file__).with_name("data") / "requests.jsonl"

Kind = Literal["short", "long", "typo", "follow-up", "several", "nothing", "impossible"]
Tools = Mapping[str, Callee]


class EarlierTurn(BaseModel):
    """What was asked before in the conversation."""

    request: str
    plan: str
    answer: str


class Request(BaseModel):
    """What somebody asks, and what would be right to do."""

    id: str
    split: Literal["tune", "report"]
    kind: Kind
    request: str
    names: dict[str, str] = {}
    types: dict[str, str] = {}
    scene: bool = False
    """Whether its pictures are scenes of the sprite world."""
    turns: list[EarlierTurn] = []
    plans: list[str] = []
    otherwise: list[str] = []
    says: list[str] = []

    def type_of(self, name: str) -> Type:
        if name in self.types:
            return parse_type(self.types[name])
        kind = re.sub(r"\d+$", "", name)
        if kind not in FILE_KINDS:
            raise ValueError(f"request {self.id!r} does not say in `types` what {name!r} holds")
        return Type(kind.capitalize())

    @property
    def told(self) -> dict[str, str]:
        """What a planner is told that names hold."""
        if not self.scene:
            return self.names
        return {
            name: told.replace(IMAGE_DESCRIPTION, SCENE_DESCRIPTION, 1)
            for name, told in self.names.items()
        }

    @property
    def all_types(self) -> dict[str, Type]:
        return {name: self.type_of(name) for name in self.names}


@cache
def requests() -> tuple[Request, ...]:
    """All requests of the file."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(Request.model_validate_json(line) for line in lines)


def right_plans(request: Request, tools: Tools) -> list[CheckedPlan]:
    """The plans that are right with these tools."""
    return _readable(request.plans, request, tools) or _readable(request.otherwise, request, tools)


async def is_right(plan: CheckedPlan, request: Request, tools: Tools) -> bool:
    """Whether the plan does what one of the right plans does, and says what it has to."""
    rights = right_plans(request, tools)
    labels = [word for right in rights for word in re.findall(r'"([^"{]*)"', right.text)]

    def same_words(place: tuple[str, str], word: str) -> str:
        # A detector takes "people" for "person".
        return match_label(word, labels) or word if place[1] == "label" else word

    if not any(same_dataflow(plan, right, same_words) for right in rights):
        return False
    if steps(plan) or not request.says:
        return True
    said = await _said_without_tools(plan, request)
    return any(words.casefold() in said.casefold() for words in request.says)


def calls_the_same_tools(plan: CheckedPlan, rights: Sequence[CheckedPlan]) -> bool:
    """Whether it is wrong in arguments only: the tools are those of a right plan."""
    called = sorted(step.tool for step in steps(plan))
    return any(called == sorted(step.tool for step in steps(right)) for right in rights)


def _readable(plans: Sequence[str], request: Request, tools: Tools) -> list[CheckedPlan]:
    found: list[CheckedPlan] = []
    for text in plans:
        try:
            found.append(read_plan(text, tools, request.all_types))
        except PlanError:  # one of its tools is not there
            continue
    return found


async def _said_without_tools(plan: CheckedPlan, request: Request) -> str:
    async def perform(site: CallSite) -> Value:
        raise AssertionError(f"{site.text} is called by a plan without tools")

    held: dict[str, Value] = {
        name: int(told) if request.type_of(name).name == "Integer" else told
        for name, told in request.names.items()
    }
    outcome = await interpret(plan, held, perform)
    return " ".join(str(part) for message in outcome.messages for part in message)
