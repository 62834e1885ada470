"""What a conversation carries from run to run."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from agent.plan import Plan, format_plan
from agent.plan.plan_limits import LIMITS
from agent.plan.syntax.tree import Say, Text
from agent.record.artifacts import Encoded


class ConversationState(BaseModel):
    """The last run of a conversation, its names and its turns."""

    model_config = ConfigDict(extra="ignore")

    run: str = ""
    names: dict[str, Encoded] = {}
    turns: list[dict[str, str]] = []
    """Requests with plan and answer, as the planner reads them."""


def turn_without_plan(request: str, answer: str) -> dict[str, str]:
    """Return the turn of an exchange that no plan led to, as if its answer had been said."""
    text = answer[: LIMITS.text_characters]
    return {"request": request, "plan": format_plan(Plan((Say(Text((text,))),))), "answer": answer}
