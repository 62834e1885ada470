"""Run a joint model as a conductor, with the generators it requests.

Each step is a command like those of a plan, so that leases, seeds, lineage, the trace and cached
results work as they do for plans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.joint.arithmetic_request import parse_terms
from agent.joint.attention_view import MediumAttention, describe_attention
from agent.joint.dialogue import (
    NamedExchange,
    Part,
    group_images,
    read_exchanges,
    recent_media,
)
from agent.joint.joint_config import Medium
from agent.joint.joint_functions import (
    add,
    converse,
    decode,
    find,
    generator_function,
    index,
    show_attention,
)
from agent.joint.joint_reply import JointReply
from agent.joint.region_text import format_box, parse_box, replace_marks, to_pixels
from agent.plan import CallSite, format_value
from agent.plan.run.call_results import ExecuteCall
from agent.record.events import AttentionShown, Event
from tools import Box, Boxes, Embedding, Image
from tools.library.regions.draw_boxes import draw_boxes
from tools.models.card import Card
from tools.models.catalogue import Catalogue
from tools.models.routing import pin_of
from tools.sdk.plan_types import Value
from tools.sdk.typed_function import TypedFunction

JOINT_PROVIDER = "joint"
"""The provider in the name of a joint model: `joint:sprites`."""
_NOUNS: Mapping[Medium, str] = {"image": "picture", "video": "film", "audio": "sound"}


@dataclass(frozen=True)
class ConductorResult:
    """The result of a request."""

    text: str
    values: Sequence[Value]
    tokens_read: int
    tokens_written: int


def is_joint(language_model: str) -> bool:
    """Return whether the name is that of a joint model."""
    return language_model.partition(":")[0] == JOINT_PROVIDER


async def conduct(
    joint_model: str,
    dialogue: Sequence[NamedExchange],
    execute: ExecuteCall,
    emit: Callable[[Event], None],
    lookup: Callable[[str], Value],
    catalogue: Catalogue,
) -> ConductorResult:
    """Answer the last request of a dialogue.

    `lookup` returns the conversation's value of a name, or None. The catalogue has the cards of
    the generators.
    """
    run_command = _CommandRunner(execute)
    exchanges = [group_images(exchange) for exchange in replace_marks(dialogue, lookup)]
    reply = await _reply(run_command, joint_model.partition(":")[2], exchanges, lookup)
    await _emit_attention(run_command, exchanges, reply.attention, emit)
    values: list[Value] = []
    for medium, vectors in reply.conditioning.items():
        candidates = folder_images(exchanges) if medium == "image" else []
        if candidates and reply.query:
            values.append(await _retrieve(run_command, candidates, reply.query))
        else:
            generator = catalogue[vectors.model]
            values.append(await _generate(run_command, medium, generator, vectors))
    images = [part for part in recent_media(exchanges) if isinstance(part.value, Image)]
    if images and (box := parse_box(reply.text)):
        values += await _draw_box(run_command, images[-1], box)
    return ConductorResult(reply.text, values, reply.tokens_read, reply.tokens_written)


async def _reply(
    run_command: _CommandRunner,
    model: str,
    exchanges: Sequence[NamedExchange],
    lookup: Callable[[str], Value],
) -> JointReply:
    request = exchanges[-1].request
    if terms := parse_terms(request, lookup):
        values = await run_command(
            add,
            model,
            f"add up {request}",
            _reply_text,
            signs=[term.sign for term in terms],
            values=[term.value for term in terms],
        )
    else:
        text = f"read {_format_request(exchanges[-1])}, and answer"
        read = [exchange.as_value() for exchange in read_exchanges(exchanges)]
        values = await run_command(converse, model, text, _reply_text, exchanges=read)
    return JointReply.from_values(cast("list[Value]", values))


def _reply_text(values: Value) -> str:
    return JointReply.from_values(cast("list[Value]", values)).as_text()


async def _emit_attention(
    run_command: _CommandRunner,
    exchanges: Sequence[NamedExchange],
    attention: Sequence[MediumAttention],
    emit: Callable[[Event], None],
) -> None:
    """Emit the attention to media; draw it into the most attended image."""
    if not attention:
        return
    pairs = list(zip(recent_media(exchanges), attention, strict=True))
    shares: dict[str, float] = {}
    for part, medium in pairs:  # the same image may occur twice
        shares[part.name] = shares.get(part.name, 0.0) + medium.share
    shares["words"] = max(1 - sum(shares.values()), 0.0)
    objects = {part.name: look.by_label() for part, look in pairs if look.objects}
    emit(AttentionShown(shares, objects, describe_attention(shares, objects)))
    image_pairs = [(part, look) for part, look in pairs if look.objects]
    if image_pairs:
        part, medium = max(image_pairs, key=lambda pair: pair[1].share)
        text = f"show where it looked in {part.name}"
        await run_command(show_attention, "", text, image=part.value, objects=medium.objects)


async def _generate(
    run_command: _CommandRunner, medium: Medium, generator: Card, conditioning: Embedding
) -> Value:
    generate = generator_function(generator)
    unit = ("code" if generate is decode else "vector") + ("" if conditioning.rows == 1 else "s")
    text = f"make a {_NOUNS[medium]} with {conditioning.model} from {conditioning.rows} {unit}"
    return await run_command(generate, conditioning.model, text, conditioning=conditioning)


def folder_images(exchanges: Sequence[NamedExchange]) -> list[Value]:
    """Return the images of all folders in a dialogue."""
    media = [part.value for exchange in exchanges for part in exchange.media]
    return [image for value in media if isinstance(value, list) for image in value]


async def _retrieve(
    run_command: _CommandRunner, candidates: list[Value], query: Embedding
) -> Value:
    # A separate command, so that the index of a folder is cached.
    text = f"index {len(candidates)} pictures with {query.model}"
    embeddings = await run_command(index, query.model, text, images=candidates, space=query.model)
    text = f"find the picture nearest to the request among {len(candidates)}"
    return await run_command(find, "", text, images=candidates, embeddings=embeddings, query=query)


async def _draw_box(run_command: _CommandRunner, part: Part, relative_box: Box) -> list[Value]:
    """Draw the answer's box; return the image and the box."""
    image = cast("Image", part.value)
    box = to_pixels(relative_box, image)
    text = f"draw_boxes({part.name}, {format_box(box, image.width, image.height)})"
    return [await run_command(draw_boxes, "", text, image=image, boxes=Boxes((box,))), box]


def _format_request(exchange: NamedExchange) -> str:
    """Format a request with the names of its media."""
    return ", ".join([*(part.name for part in exchange.media), f'"{exchange.request}"'])


class _CommandRunner:
    """Execute commands in order, like the lines of a plan."""

    def __init__(self, execute: ExecuteCall) -> None:
        self._execute = execute
        self._number = 0

    async def __call__(
        self,
        function: TypedFunction[..., Any],
        model: str,
        text: str,
        format_result: Callable[[Value], str] = format_value,
        **arguments: Value,
    ) -> Value:
        self._number += 1
        return await self._execute(
            CallSite(
                path=str(self._number),
                tool=function,
                pin=pin_of(model),
                arguments=arguments,
                line=self._number,
                text=text,
                name="",
                occurrence=0,
                format_result=format_result,
            )
        )
