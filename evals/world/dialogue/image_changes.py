"""Changes to a scene: another count, another object, or another background."""

from __future__ import annotations

from dataclasses import replace

from evals.world.dialogue.dialogue_context import DialogueContext, noun_for
from evals.world.images.outlines import OUTLINES
from evals.world.images.scene_content import COLOURS, Background, Content, Group
from evals.world.sprites import OBJECTS
from evals.world.vocabulary import KINDS, with_article

MAX_COUNT = 9


def change_content(context: DialogueContext, original: Content) -> tuple[Content, str] | None:
    draw = context.rng.uniform()
    if draw < 0.6:
        return change_count(context, original, ("fewer", "more"))
    if draw < 0.8:
        return replace_objects(context, original, "instead")
    colour = context.rng.choose(tuple(COLOURS))
    content = replace(original, background=Background(colour))
    used_colours = {group.colour for group in original.groups} | {original.background.colour}
    if colour in used_colours or not context.in_split(content):
        return None
    return content, context.fill_phrase("behind", a=with_article(colour))


def change_count(
    context: DialogueContext, original: Content, slots: tuple[str, str]
) -> tuple[Content, str] | None:
    index = context.rng.integer(0, len(original.groups) - 1)
    group = original.groups[index]
    change = context.rng.choose((-3, -2, -1, -1, -1, 1, 1, 2))
    limit = {"single": MAX_COUNT, "count": MAX_COUNT, "inside": 4}.get(original.kind, 5)
    count = group.count + change
    if group.name in OUTLINES or original.kind == "row" or not 1 <= count <= limit:
        return None
    groups = list(original.groups)
    groups[index] = Group(group.name, count)
    kind = "count" if original.kind == "single" else original.kind
    content = replace(original, kind=kind, groups=tuple(groups), place="")
    if not context.in_split(content):
        return None
    amount = abs(change)
    words = {
        "y": context.number_words(amount),
        "noun": noun_for(group.name, amount),
        "nouns": KINDS[group.name].plural,
    }
    return content, context.fill_phrase(slots[0] if change < 0 else slots[1], **words)


def replace_objects(
    context: DialogueContext, original: Content, slot: str
) -> tuple[Content, str] | None:
    group = original.groups[0]
    other = context.rng.choose(tuple(OBJECTS))
    groups = (replace(group, name=other, colour=None), *original.groups[1:])
    content = replace(original, groups=groups)
    present = {member.name for member in original.groups}
    if group.name in OUTLINES or other in present or not context.in_split(content):
        return None
    nouns = {"nouns": noun_for(group.name, group.count), "others": noun_for(other, group.count)}
    if group.count == 1:
        nouns["others"] = with_article(other)
    return content, context.fill_phrase(slot, **nouns)
