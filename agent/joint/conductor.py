"""Run a joint model as a conductor, with the generators it requests.

Each step is a command like those of a plan, so that leases, seeds, lineage, the trace and cached
results work as they do for plans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, cast

from agent.joint.arithmetic_request import sum_of
from agent.joint.attention_probe import Look, told_in_words
from agent.joint.dialogue import Part, media_read, with_folders
from agent.joint.joint_config import Medium
from agent.joint.joint_reply import Reply
from agent.joint.joint_tools import MAKERS, add, converse, decode, find, index, show_looked
from agent.joint.region_text import box_in, box_words, in_pixels, with_marks_in_words
from agent.plan import CallSite, format_value
from agent.plan.run.call_results import ExecuteCall
from agent.record.events import Event, Looked
from tools import Box, Boxes, Embedding, Image
from tools.library.regions.draw_boxes import draw_boxes
from tools.models.routing import pin_of
from tools.sdk.plan_types import Value
from tools.sdk.tool import Tool

JOINT_PROVIDER = "joint"
"""The provider in the name of a joint model: `joint:sprites`."""
_NOUNS: Mapping[Medium, str] = {"image": "picture", "video": "film", "audio": "sound"}


@dataclass(frozen=True)
class Answer:
    """The result of a request."""

    text: str
    made: Sequence[Value]
    tokens_read: int
    tokens_written: int


def is_joint(language_model: str) -> bool:
    """Return whether the name is that of a joint model."""
    return language_model.partition(":")[0] == JOINT_PROVIDER


async def conduct(
    joint_model: str,
    dialogue: Sequence[Part],
    perform: ExecuteCall,
    emit: Callable[[Event], None],
    known: Callable[[str], Value],
) -> Answer:
    """Answer the last request of a dialogue.

    `lookup` returns the conversation's value of a name, or None.
    """
    command = _Commands(perform)
    asked = with_folders(with_marks_in_words(dialogue, known))
    reply = await _replied(command, joint_model.partition(":")[2], asked, known)
    await _tell_looks(command, asked, reply.looks, emit)
    made: list[Value] = []
    for medium, vectors in reply.told.items():
        pictures = pictures_of(asked) if medium == "image" else []
        if pictures and reply.sought:
            made.append(await _found(command, pictures, reply.sought))
        else:
            made.append(await _made(command, medium, vectors))
    seen = [part for part in media_read(asked) if isinstance(part.value, Image)]
    if seen and (box := box_in(reply.text)):
        made += await _shown(command, seen[-1], box)
    return Answer(reply.text, made, reply.tokens_read, reply.tokens_written)


async def _replied(
    command: _Commands, model: str, asked: Sequence[Part], known: Callable[[str], Value]
) -> Reply:
    request = asked[-1].value
    assert isinstance(request, str)
    if terms := sum_of(request, known):
        told = await command(
            add,
            model,
            f"add up {request}",
            _in_words,
            signs=[term.sign for term in terms],
            values=[term.value for term in terms],
        )
    else:
        text = f"read {_last_asked(asked)}, and answer"
        dialogue = [part.value for part in asked]
        told = await command(converse, model, text, _in_words, dialogue=dialogue)
    return Reply.of(cast("list[Value]", told))


def _in_words(told: Value) -> str:
    return Reply.of(cast("list[Value]", told)).in_words()


async def _tell_looks(
    command: _Commands,
    dialogue: Sequence[Part],
    looks: Sequence[Look],
    emit: Callable[[Event], None],
) -> None:
    """Emit the attention to media; draw it into the most attended image."""
    if not looks:
        return
    seen = list(zip(media_read(dialogue), looks, strict=True))
    shares: dict[str, float] = {}
    for part, look in seen:  # the same image may occur twice
        shares[part.name] = shares.get(part.name, 0.0) + look.share
    shares["words"] = max(1 - sum(shares.values()), 0.0)
    things = {part.name: look.by_label() for part, look in seen if look.things}
    emit(Looked(shares, things, told_in_words(shares, things)))
    pictures = [(part, look) for part, look in seen if look.things]
    if pictures:
        part, look = max(pictures, key=lambda each: each[1].share)
        text = f"show where it looked in {part.name}"
        await command(show_looked, "", text, image=part.value, things=look.things)


async def _made(command: _Commands, medium: Medium, told: Embedding) -> Value:
    tool = MAKERS[told.model.partition("/")[0]]
    what = ("code" if tool is decode else "vector") + ("" if told.rows == 1 else "s")
    text = f"make a {_NOUNS[medium]} with {told.model} from {told.rows} {what}"
    return await command(tool, told.model, text, told=told)


def pictures_of(dialogue: Sequence[Part]) -> list[Value]:
    """Return the images of all folders in a dialogue."""
    return [each for part in dialogue if isinstance(part.value, list) for each in part.value]


async def _found(command: _Commands, known: list[Value], sought: Embedding) -> Value:
    # A separate command, so that the index of a folder is cached.
    text = f"index {len(known)} pictures with {sought.model}"
    places = await command(index, sought.model, text, images=known, space=sought.model)
    text = f"find the picture nearest to the request among {len(known)}"
    return await command(find, "", text, images=known, places=places, sought=sought)


async def _shown(command: _Commands, part: Part, answer: Box) -> list[Value]:
    """Draw the answer's box; return the image and the box."""
    picture = cast("Image", part.value)
    box = in_pixels(answer, picture)
    text = f"draw_boxes({part.name}, {box_words(box, picture.width, picture.height)})"
    return [await command(draw_boxes, "", text, image=picture, boxes=Boxes((box,))), box]


def _last_asked(dialogue: Sequence[Part]) -> str:
    """Format the last request with the names of its media."""
    *before, request = dialogue
    came = list(takewhile(lambda part: part.name, reversed(before)))
    return ", ".join([*(part.name for part in reversed(came)), f'"{request.value}"'])


class _Commands:
    """Execute commands in order, like the lines of a plan."""

    def __init__(self, perform: ExecuteCall) -> None:
        self._perform = perform
        self._number = 0

    async def __call__(
        self,
        tool: Tool[..., Any],
        model: str,
        text: str,
        shown: Callable[[Value], str] = format_value,
        **arguments: Value,
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
                format_result=shown,
            )
        )
