"""Sentences about a scene in many phrasings."""

from __future__ import annotations

from evals.world.images.scene_content import INVERSE, Background, Content, Group
from evals.world.phrase_templates import Phrasing, choose_template
from evals.world.seeded_random import SeededRandom
from evals.world.vocabulary import (
    KINDS,
    NUMBERS,
    PHRASED_NUMBERS,
    PLACES,
    SIZES,
    noun,
    vary_typing,
    with_article,
)

SUM_SHARE = 0.06
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
    description = f" {word} ".join(_plain_group(group) for group in groups)
    return f"{description} on {with_article(content.background.words)} background"


def _plain_group(group: Group) -> str:
    colour = f"{group.colour} " if group.colour else ""
    if group.count == 1:
        return with_article(f"{colour}{group.name}")
    return f"{NUMBERS[group.count]} {colour}{KINDS[group.name].plural}"


def speak(content: Content, phrasing: Phrasing, rng: SeededRandom) -> str:
    """Return a random true sentence or request, perhaps incomplete."""
    scene, first = _describe_objects(content, phrasing, rng)
    if rng.chance(0.4):
        colour = _colour(content.background, phrasing, rng)
        scene = choose_template("background", phrasing, rng).format(scene=scene, colour=colour)
        scene = scene.replace(f"a {colour}", with_article(colour))
    verb = "is" if first == 1 else "are"
    sentence = choose_template("request", phrasing, rng).format_map({"scene": scene, "is": verb})
    return vary_typing(sentence, rng)


def _describe_objects(content: Content, phrasing: Phrasing, rng: SeededRandom) -> tuple[str, int]:
    """Return a phrase for the objects, and the first group's count."""
    groups = content.groups
    if len(groups) == 1:
        phrases = _group(groups[0], phrasing, rng, sums=SUM_SHARE)
        if content.place and rng.chance(0.7):
            place = rng.choose(PLACES[content.place])
            phrases = choose_template("place", phrasing, rng).format(a=phrases, place=place)
        return phrases, groups[0].count
    slot, order = _arrangement(content, rng)
    template = choose_template(slot, phrasing, rng)
    phrases = {
        letter: _group(groups[number], phrasing, rng, sums=0)
        for letter, number in zip("abc"[: len(order)], order, strict=True)
    }
    first = min("abc"[: len(order)], key=lambda letter: template.index("{" + letter + "}"))
    return template.format_map(phrases), groups[order["abc".index(first)]].count


def _arrangement(content: Content, rng: SeededRandom) -> tuple[str, tuple[int, ...]]:
    """Return the template slot of the arrangement and its order of groups."""
    if content.word == "inside":
        return "inside", (0, 1)
    if content.kind == "row":
        if rng.chance(0.4):
            return "between", (1, 0, 2) if rng.chance(0.5) else (1, 2, 0)
        if rng.chance(0.15):
            return "row", tuple(rng.shuffled((0, 1, 2)))
        turned = rng.chance(0.5)
        word = INVERSE[content.word] if turned else content.word
        return f"row {word}", (2, 1, 0) if turned else (0, 1, 2)
    if rng.chance(0.2):
        across = content.word in ("left of", "right of")
        order = (0, 1) if rng.chance(0.5) else (1, 0)
        return ("beside" if across and rng.chance(0.6) else "together"), order
    if rng.chance(0.5):
        return INVERSE[content.word], (1, 0)
    return content.word, (0, 1)


def _group(group: Group, phrasing: Phrasing, rng: SeededRandom, sums: float) -> str:
    """Return a phrase for one group: its count, size and perhaps colour."""
    if rng.chance(sums):
        return _sum(group, phrasing, rng)
    words: list[str] = []
    if group.size and rng.chance(0.8):
        words.append(rng.choose(SIZES[group.size]))
    colour = group.colour or KINDS[group.name].colour
    if colour and rng.chance(0.7 if group.colour else 0.1):
        words.append(colour)
    words.append(noun(group.name, group.count, rng))
    things = " ".join(words)
    if group.count == 1:
        return (
            with_article(things)
            if rng.chance(0.75)
            else f"{rng.choose(PHRASED_NUMBERS[1])} {things}"
        )
    return f"{_number(group.count, phrasing, rng)} {things}"


def _number(count: int, phrasing: Phrasing, rng: SeededRandom) -> str:
    phrased = PHRASED_NUMBERS.get(count)
    if phrased and rng.chance(0.3):
        return rng.choose(phrased)
    plain = NUMBERS[count] if rng.chance(0.65) else str(count)
    if rng.chance(0.1):
        return choose_template("number", phrasing, rng).format(n=plain)
    return plain


def _sum(group: Group, phrasing: Phrasing, rng: SeededRandom) -> str:
    nouns = noun(group.name, 2, rng)
    if group.count > 1 and rng.chance(0.4):
        slot, right = "plus", rng.integer(1, group.count - 1)
        left = group.count - right
    else:
        slot, right = "minus", rng.integer(1, min(4, len(NUMBERS) - 1 - group.count))
        left = group.count + right
    spell = rng.chance(0.5)
    x, y = (NUMBERS[number] if spell else str(number) for number in (left, right))
    are = "is" if right == 1 else "are"
    return choose_template(slot, phrasing, rng).format(x=x, y=y, nouns=nouns, are=are)


def _colour(background: Background, phrasing: Phrasing, rng: SeededRandom) -> str:
    if not background.second:
        return background.colour
    return choose_template("fade", phrasing, rng).format(
        first=background.colour, second=background.second
    )
