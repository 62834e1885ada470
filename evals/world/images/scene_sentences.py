"""Sentences about a scene in many phrasings."""

from __future__ import annotations

from evals.world.images.scene_content import INVERSE, Background, Content, Group
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import Dice
from evals.world.vocabulary import (
    KINDS,
    NUMBERS,
    PHRASED_NUMBERS,
    PLACES,
    SIZES,
    as_typed,
    noun,
    with_article,
)

SUMS = 0.06
"""The share of sentences about objects of one kind that give the count as a sum."""


def plain_caption(content: Content) -> str:
    """Return the canonical caption: all that is visible, always phrased alike.

    >>> plain_caption(content)
    'two dogs left of a cat on a blue background'
    """
    groups = content.groups
    word = content.word
    if word in ("right of", "below"):
        groups, word = groups[::-1], INVERSE[word]
    said = f" {word} ".join(_plain_group(group) for group in groups)
    return f"{said} on {with_article(content.background.words)} background"


def _plain_group(group: Group) -> str:
    colour = f"{group.colour} " if group.colour else ""
    if group.count == 1:
        return with_article(f"{colour}{group.name}")
    return f"{NUMBERS[group.count]} {colour}{KINDS[group.name].plural}"


def speak(content: Content, phrasing: Phrasing, dice: Dice) -> str:
    """Return a random true sentence or request, perhaps incomplete."""
    scene, first = _things(content, phrasing, dice)
    if dice.chance(0.4):
        colour = _colour(content.background, phrasing, dice)
        scene = dice.choose(templates("background", phrasing)).format(scene=scene, colour=colour)
        scene = scene.replace(f"a {colour}", with_article(colour))
    verb = "is" if first == 1 else "are"
    said = dice.choose(templates("request", phrasing)).format_map({"scene": scene, "is": verb})
    return as_typed(said, dice)


def _things(content: Content, phrasing: Phrasing, dice: Dice) -> tuple[str, int]:
    """Return a phrase for the objects, and the first group's count."""
    groups = content.groups
    if len(groups) == 1:
        said = _group(groups[0], phrasing, dice, sums=SUMS)
        if content.place and dice.chance(0.7):
            place = dice.choose(PLACES[content.place])
            said = dice.choose(templates("place", phrasing)).format(a=said, place=place)
        return said, groups[0].count
    slot, order = _arrangement(content, dice)
    template = dice.choose(templates(slot, phrasing))
    said = {
        letter: _group(groups[number], phrasing, dice, sums=0)
        for letter, number in zip("abc"[: len(order)], order, strict=True)
    }
    first = min("abc"[: len(order)], key=lambda letter: template.index("{" + letter + "}"))
    return template.format_map(said), groups[order["abc".index(first)]].count


def _arrangement(content: Content, dice: Dice) -> tuple[str, tuple[int, ...]]:
    """Return the template slot of the arrangement and its order of groups."""
    if content.word == "inside":
        return "inside", (0, 1)
    if content.kind == "row":
        if dice.chance(0.4):
            return "between", (1, 0, 2) if dice.chance(0.5) else (1, 2, 0)
        if dice.chance(0.15):
            return "row", tuple(dice.shuffled((0, 1, 2)))
        turned = dice.chance(0.5)
        word = INVERSE[content.word] if turned else content.word
        return f"row {word}", (2, 1, 0) if turned else (0, 1, 2)
    if dice.chance(0.2):
        across = content.word in ("left of", "right of")
        order = (0, 1) if dice.chance(0.5) else (1, 0)
        return ("beside" if across and dice.chance(0.6) else "together"), order
    if dice.chance(0.5):
        return INVERSE[content.word], (1, 0)
    return content.word, (0, 1)


def _group(group: Group, phrasing: Phrasing, dice: Dice, sums: float) -> str:
    """Return a phrase for one group: its count, size and perhaps colour."""
    if dice.chance(sums):
        return _sum(group, phrasing, dice)
    words: list[str] = []
    if group.size and dice.chance(0.8):
        words.append(dice.choose(SIZES[group.size]))
    colour = group.colour or KINDS[group.name].colour
    if colour and dice.chance(0.7 if group.colour else 0.1):
        words.append(colour)
    words.append(noun(group.name, group.count, dice))
    things = " ".join(words)
    if group.count == 1:
        return (
            with_article(things)
            if dice.chance(0.75)
            else f"{dice.choose(PHRASED_NUMBERS[1])} {things}"
        )
    return f"{_number(group.count, phrasing, dice)} {things}"


def _number(count: int, phrasing: Phrasing, dice: Dice) -> str:
    phrased = PHRASED_NUMBERS.get(count)
    if phrased and dice.chance(0.3):
        return dice.choose(phrased)
    plain = NUMBERS[count] if dice.chance(0.65) else str(count)
    if dice.chance(0.1):
        return dice.choose(templates("number", phrasing)).format(n=plain)
    return plain


def _sum(group: Group, phrasing: Phrasing, dice: Dice) -> str:
    nouns = noun(group.name, 2, dice)
    if group.count > 1 and dice.chance(0.4):
        slot, right = "plus", dice.whole(1, group.count - 1)
        left = group.count - right
    else:
        slot, right = "minus", dice.whole(1, min(4, len(NUMBERS) - 1 - group.count))
        left = group.count + right
    spell = dice.chance(0.5)
    x, y = (NUMBERS[number] if spell else str(number) for number in (left, right))
    are = "is" if right == 1 else "are"
    return dice.choose(templates(slot, phrasing)).format(x=x, y=y, nouns=nouns, are=are)


def _colour(background: Background, phrasing: Phrasing, dice: Dice) -> str:
    if not background.second:
        return background.colour
    return dice.choose(templates("fade", phrasing)).format(
        first=background.colour, second=background.second
    )
