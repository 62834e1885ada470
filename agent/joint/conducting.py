"""Architecture II as a conductor: one answer from the joint model, and what it asks generators for.

Each of its steps is a command like those of a plan, so that leases, seeds, lineage, the trace and
the store's memory of results work as they do for plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.choosing import pin_of
from agent.joint.conversing import MAKERS, converse
from agent.joint.reply import Reply
from agent.joint.shape import Medium
from agent.plan import CallSite
from agent.plan.outcome import Perform
from tools.plugin import Tool
from tools.types import Value

JOINT_PROVIDER = "joint"
"""Before the name of a joint model, where a language model is chosen: `joint:sprites`."""


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    text: str
    made: Mapping[Medium, Value]
    tokens_read: int
    tokens_written: int


def is_joint(language_model: str) -> bool:
    """Whether a conductor of that name needs no plan."""
    return language_model.partition(":")[0] == JOINT_PROVIDER


async def conduct(
    joint_model: str, dialogue: Sequence[Value], named: Sequence[str], perform: Perform
) -> Answer:
    """Answer the last request of a dialogue; `named` are the media that came with it."""
    model = joint_model.partition(":")[2]
    shown = ", ".join([*named, f'"{dialogue[-1]}"'])
    given: dict[str, Value] = {"dialogue": list(dialogue)}
    told = await perform(_site(1, converse, pin_of(model), given, f"converse({shown})"))
    reply = Reply.of(cast("list[Value]", told))
    made: dict[Medium, Value] = {}
    for number, (medium, vectors) in enumerate(reply.told.items(), start=2):
        tool = MAKERS[medium]
        text = f"{tool.name}(<{medium}_0> … as {vectors.rows} vectors)"
        site = _site(number, tool, pin_of(vectors.model), {"told": vectors}, text)
        made[medium] = await perform(site)
    return Answer(reply.text, made, reply.tokens_read, reply.tokens_written)


def _site(
    number: int, tool: Tool[..., Any], pin: str, arguments: dict[str, Value], text: str
) -> CallSite:
    return CallSite(
        path=str(number),
        tool=tool,
        pin=pin,
        arguments=arguments,
        line=number,
        text=text,
        name="",
        occurrence=0,
    )
