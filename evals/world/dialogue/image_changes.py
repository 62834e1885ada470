"""Changes to a scene: another count, another object, or another background."""

from __future__ import annotations

from dataclasses import replace

from evals.world.dialogue.asker import Asker, noun_for
from evals.world.images.outlines import OUTLINES
from evals.world.images.scene_content import COLOURS, Background, Content, Group
from evals.world.sprites import OBJECTS
from evals.world.vocabulary import KINDS, with_article

MOST = 9


def changed(asker: Asker, shown: Content) -> tuple[Content, str] | None:
    throw = asker.dice.uniform()
    if throw < 0.6:
        return changed_in_number(asker, shown, ("fewer", "more"))
    if throw < 0.8:
        return with_others(asker, shown, "instead")
    colour = asker.dice.choose(tuple(COLOURS))
    content = replace(shown, background=Background(colour))
    taken = {group.colour for group in shown.groups} | {shown.background.colour}
    if colour in taken or not asker.fits(content):
        return None
    return content, asker.say("behind", a=with_article(colour))


def changed_in_number(
    asker: Asker, shown: Content, slots: tuple[str, str]
) -> tuple[Content, str] | None:
    place = asker.dice.whole(0, len(shown.groups) - 1)
    group = shown.groups[place]
    change = asker.dice.choose((-3, -2, -1, -1, -1, 1, 1, 2))
    most = {"single": MOST, "count": MOST, "inside": 4}.get(shown.kind, 5)
    count = group.count + change
    if group.name in OUTLINES or shown.kind == "row" or not 1 <= count <= most:
        return None
    groups = list(shown.groups)
    groups[place] = Group(group.name, count)
    kind = "count" if shown.kind == "single" else shown.kind
    content = replace(shown, kind=kind, groups=tuple(groups), place="")
    if not asker.fits(content):
        return None
    amount = abs(change)
    words = {
        "y": asker.number_of(amount),
        "noun": noun_for(group.name, amount),
        "nouns": KINDS[group.name].plural,
    }
    return content, asker.say(slots[0] if change < 0 else slots[1], **words)


def with_others(asker: Asker, shown: Content, slot: str) -> tuple[Content, str] | None:
    group = shown.groups[0]
    other = asker.dice.choose(tuple(OBJECTS))
    groups = (replace(group, name=other, colour=None), *shown.groups[1:])
    content = replace(shown, groups=groups)
    known = {each.name for each in shown.groups}
    if group.name in OUTLINES or other in known or not asker.fits(content):
        return None
    nouns = {"nouns": noun_for(group.name, group.count), "others": noun_for(other, group.count)}
    if group.count == 1:
        nouns["others"] = with_article(other)
    return content, asker.say(slot, **nouns)
