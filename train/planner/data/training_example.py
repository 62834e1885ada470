"""One training example: the planner's input, and the plan that answers it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from agent.plan import Callee, CheckedPlan, PlanError, read_draft, read_plan
from tools.errors import InputError
from tools.sdk.plan_types import Type

Split = Literal["train", "held_shape", "held_wording", "held_tool"]


@dataclass(frozen=True)
class EarlierTurn:
    """A request that was answered earlier in the conversation."""

    request: str
    plan: str
    answer: str


@dataclass(frozen=True)
class TrainingExample:
    """A request with its context and a plan that the checker accepts."""

    kind: str
    request: str
    plan: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    types: Mapping[str, Type] = field(default_factory=dict[str, Type])
    turns: tuple[EarlierTurn, ...] = ()
    tools: tuple[str, ...] = ()
    """Signature and description of each tool that the prompt describes."""
    split: Split = "train"

    @property
    def key(self) -> str:
        """Return a key for duplicates: the request's letters and its context."""
        letters = re.sub(r"[\W_]+", "", self.request.casefold())
        earlier = "|".join(turn.request for turn in self.turns)
        return f"{letters}|{','.join(self.names)}|{earlier}|{','.join(self.tools)}"

    def to_json(self) -> str:
        """Return the example as one line of JSON."""
        return json.dumps(
            {
                "kind": self.kind,
                "split": self.split,
                "names": dict(self.names),
                "types": {name: str(kind) for name, kind in self.types.items()},
                "turns": [asdict(turn) for turn in self.turns],
                "request": self.request,
                "tools": list(self.tools),
                "plan": self.plan,
            },
            ensure_ascii=False,
        )


def check_plan(text: str, tools: Mapping[str, Callee], types: Mapping[str, Type]) -> CheckedPlan:
    """Return the plan in canonical form; InputError if it is refused."""
    try:
        # A draft may assign a name twice; its canonical form assigns each name once.
        draft = read_draft(text, tools, types)
        return read_plan(draft.text, tools, types)
    except PlanError as error:
        problems = "\n".join(map(str, error.problems))
        raise InputError(
            f"the checker refuses this plan:\n{text}\n{problems}",
            hint="correct the phrase bank that the plan is made from",
        ) from error
