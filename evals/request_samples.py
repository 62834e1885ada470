r"""The project's own requests with their right plans: evals/data/requests.jsonl.

everyday_requests.jsonl has four wordings for each everyday tool, in the same form.
A line is one request:

    {"id": "cups", "split": "report", "kind": "short", "request": "how many cups?",
     "names": {"image1": "a picture of 640×480 pixels"},
     "plans": ["n = count(detect(image1, \"cup\"))\nsay(\"{n} cups\")"], "says": []}

`split` says whether prompts may be tuned on it (tune) or it is only scored (report). `types` gives
the types of names that are not files. `otherwise` are right plans where the tools of all `plans`
are unavailable. `says` are alternatives of which one must occur in the answer of a plan without
tools; "…" in a plan matches any text.
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
from evals.harness.type_names import parse_type
from tools.media import Image
from tools.sdk.plan_types import Type, Value
from tools.signal.label_matching import match_label
from tools.sprites.sprite_domain import SPRITE_DOMAIN

_FOLDER = Path(__file__).with_name("data")

Kind = Literal["short", "long", "typo", "follow-up", "several", "nothing", "impossible"]
Tools = Mapping[str, Callee]


class PriorTurn(BaseModel):
    """An earlier turn of the conversation."""

    request: str
    plan: str
    answer: str


class Request(BaseModel):
    """A request with its right plans."""

    id: str
    split: Literal["tune", "report"]
    kind: Kind
    request: str
    names: dict[str, str] = {}
    types: dict[str, str] = {}
    scene: bool = False
    """Whether its images are scenes of the sprite world."""
    turns: list[PriorTurn] = []
    tool: str = ""
    """The everyday tool that it asks for."""
    wording: Literal["", "plain", "indirect"] = ""
    """Whether it names what the tool does, or only what a person wants."""
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
    def descriptions(self) -> dict[str, str]:
        """Return the descriptions of the names, as a prompt has them."""
        if not self.scene:
            return self.names
        return {
            name: description.replace(Image.noun, SPRITE_DOMAIN.image_noun, 1)
            for name, description in self.names.items()
        }

    @property
    def all_types(self) -> dict[str, Type]:
        return {name: self.type_of(name) for name in self.names}


@cache
def requests() -> tuple[Request, ...]:
    """Read all requests of the file."""
    return _read("requests.jsonl")


@cache
def everyday_requests() -> tuple[Request, ...]:
    """Read the wordings for everyday tools, which no training data may resemble."""
    return _read("everyday_requests.jsonl")


def _read(name: str) -> tuple[Request, ...]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return tuple(Request.model_validate_json(line) for line in lines)


def reference_plans(request: Request, tools: Tools) -> list[CheckedPlan]:
    """Return the right plans that these tools allow."""
    return _valid_plans(request.plans, request, tools) or _valid_plans(
        request.otherwise, request, tools
    )


async def is_right(plan: CheckedPlan, request: Request, tools: Tools) -> bool:
    """Return whether the plan matches a reference plan and its answer."""
    references = reference_plans(request, tools)
    labels = [
        word for reference in references for word in re.findall(r'"([^"{]*)"', reference.text)
    ]

    def same_words(argument: tuple[str, str], word: str) -> str:
        # A detector treats "people" as "person".
        return match_label(word, labels) or word if argument[1] == "label" else word

    if not any(same_dataflow(plan, reference, same_words) for reference in references):
        return False
    if steps(plan) or not request.says:
        return True
    answer = await _answer_without_tools(plan, request)
    return any(words.casefold() in answer.casefold() for words in request.says)


def calls_the_same_tools(plan: CheckedPlan, references: Sequence[CheckedPlan]) -> bool:
    """Return whether the plan calls the tools of a right plan."""
    called = sorted(step.tool for step in steps(plan))
    return any(called == sorted(step.tool for step in steps(reference)) for reference in references)


def _valid_plans(plans: Sequence[str], request: Request, tools: Tools) -> list[CheckedPlan]:
    valid_plans: list[CheckedPlan] = []
    for text in plans:
        try:
            valid_plans.append(read_plan(text, tools, request.all_types))
        except PlanError:  # one of its tools is unavailable
            continue
    return valid_plans


async def _answer_without_tools(plan: CheckedPlan, request: Request) -> str:
    async def refuse_call(site: CallSite) -> Value:
        raise AssertionError(f"{site.text} is called by a plan without tools")

    values: dict[str, Value] = {
        name: int(description) if request.type_of(name).name == "Integer" else description
        for name, description in request.names.items()
    }
    outcome = await interpret(plan, values, refuse_call)
    return " ".join(str(part) for message in outcome.messages for part in message)
