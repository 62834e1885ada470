"""Architecture II as a conductor: one answer from the joint model, and what it asks generators for.

Each of its steps is a command like those of a plan, so that leases, seeds, lineage, the trace and
the store's memory of results work as they do for plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.choosing import pin_of
from agent.joint.conversing import MAKERS, converse, find, index
from agent.joint.reply import Reply
from agent.joint.shape import Medium
from agent.plan import CallSite
from agent.plan.outcome import Perform
from tools import Embedding
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
    command = _Commands(perform)
    shown = ", ".join([*named, f'"{dialogue[-1]}"'])
    told = await command(
        converse, joint_model.partition(":")[2], f"converse({shown})", dialogue=list(dialogue)
    )
    reply = Reply.of(cast("list[Value]", told))
    made: dict[Medium, Value] = {}
    for medium, vectors in reply.told.items():
        known = pictures_of(dialogue) if medium == "image" else []
        if known and reply.sought:
            made[medium] = await _found(command, known, reply.sought)
            continue
        tool = MAKERS[medium]
        text = f"{tool.name}(<{medium}_0> … as {vectors.rows} vectors)"
        made[medium] = await command(tool, vectors.model, text, told=vectors)
    return Answer(reply.text, made, reply.tokens_read, reply.tokens_written)


def pictures_of(dialogue: Sequence[Value]) -> list[Value]:
    """The pictures of all folders in a dialogue: those among which one may be found."""
    return [picture for value in dialogue if isinstance(value, list) for picture in value]


async def _found(command: _Commands, known: list[Value], sought: Embedding) -> Value:
    # A command of its own, so that the store remembers the index of a folder.
    text = f"index({len(known)} pictures)"
    places = await command(index, sought.model, text, images=known, space=sought.model)
    text = f"find(<image_0> … among {len(known)} pictures)"
    return await command(find, "", text, images=known, places=places, sought=sought)


class _Commands:
    """Performs one command after the other, as if a plan had a line for each."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._number = 0

    async def __call__(
        self, tool: Tool[..., Any], model: str, text: str, **arguments: Value
    ) -> Value:
        self._number += 1
        return await self._perform(
            CallSite(
                path=str(self._number),
                tool=tool,
                pin=pin_of(model),
                arguments=arguments,
                line=self._number,
                text=text,
                name="",
                occurrence=0,
            )
        )
