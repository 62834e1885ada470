"""Parse what a prompt asks a drawing to show: objects, numbers, colours, positions, background.

>>> parse_prompt("Two red cups to the left of a dog, on a blue background")

An object follows a number or an article and ends before the next preposition, verb or comma. Words
that stay unread make the claims incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tools.signal.drawings.image_claims import ObjectClaim, PromptClaims
from tools.signal.drawings.prompt_relations import RelationParser
from tools.signal.drawings.prompt_sums import NUMBERS, evaluate_sums, number_value
from tools.signal.drawings.prompt_words import (
    ADJECTIVES,
    COLOUR_SYNONYMS,
    COLOURS,
    FILLERS,
    ING_NOUNS,
    OPEN_QUANTITIES,
    PARTITIVES,
    PHRASE_ENDS,
    QUANTITIES,
    SCENE_WORDS,
    SIZES,
)
from tools.signal.english_nouns import singular

MAX_PHRASE = 4
"""Words of an object's name with its adjectives."""


def parse_prompt(prompt: str) -> PromptClaims:
    """Parse the objects, relations and background that a prompt names."""
    text = " ".join(prompt.lower().replace("’", "'").split()).rstrip(".!? ")
    text, background = _extract_background(text)
    text, mentions = _mark_mentions(evaluate_sums(text))
    parser = RelationParser(mentions)
    rest = parser.parse(text)
    words = re.findall(r"[A-Za-z_']+", re.sub(r"‹\d+›", " ", rest))
    return PromptClaims(
        objects=_merge(parser.mentions),
        relations=tuple(dict.fromkeys(parser.relations)),
        background=background,
        is_complete=all(word in FILLERS for word in words),
    )


def _merge(mentions: Sequence[ObjectClaim]) -> tuple[ObjectClaim, ...]:
    """Join the mentions of one name: "two dogs … the dogs"."""
    merged: dict[str, ObjectClaim] = {}
    for mention in mentions:
        earlier = merged.setdefault(mention.name, mention)
        if earlier.count is None:
            merged[mention.name] = replace(mention, colour=earlier.colour or mention.colour)
        elif mention.place and not earlier.place:
            merged[mention.name] = replace(earlier, place=mention.place)
    return tuple(merged.values())


_COLOUR = rf"(?:{'|'.join((*COLOURS, *COLOUR_SYNONYMS))})"


def _colours(name: str) -> str:
    """Return a pattern of one colour, or of two that fade into each other."""
    return rf"(?P<{name}>{_COLOUR})(?:(?: and | to |-to-)(?P<{name}_second>{_COLOUR}))?\b"


_BACKGROUND = re.compile(
    r"(?:,? ?\b(?:on|against|in front of|before|with|over) )?(?:an? |the )?(?:plain )?"
    rf"{_colours('before')} (?:background|backdrop)\b"
    rf"|,? ?\b(?:where |and )?the (?:whole )?background is {_colours('after')}"
    rf"| with {_colours('behind')} behind\b"
    rf"| on {_colours('on')}(?=[,.;?!]|$| for me| please)"
)


def _extract_background(text: str) -> tuple[str, tuple[str, ...]]:
    match = _BACKGROUND.search(text)
    if not match:
        return text, ()
    colours = tuple(COLOUR_SYNONYMS.get(colour, colour) for colour in match.groups() if colour)
    return text[: match.start()] + text[match.end() :], colours


_QUANTITY = re.compile(
    r"(?<![\w-])(?:(?:exactly|precisely|only|just) )?"
    r"(?:a (?:group|total|set|row|line) of (?=\w+ ))?"
    rf"(?P<quantity>{'|'.join((*QUANTITIES, *OPEN_QUANTITIES))}|\d+|{'|'.join(NUMBERS)}|an?) "
)
_BARE_PLURAL = re.compile(
    r"(?:^|(?<=and )|(?<=with )|(?<=of )|(?<=draw )|(?<=paint )|(?<=me )|(?<=, ))"
    r"(?P<noun>[a-z]{3,}s)(?![\w'])"
)


def _mark_mentions(text: str) -> tuple[str, list[ObjectClaim]]:
    """Replace objects by ‹0›, ‹1› …; return the text and the objects."""
    mentions: list[ObjectClaim] = []
    marked, position = "", 0
    for start, end, mention in _find_mentions(text):
        marked += f"{text[position:start]}‹{len(mentions)}›"
        mentions.append(mention)
        position = end
    return marked + text[position:], mentions


def _find_mentions(text: str) -> Iterator[tuple[int, int, ObjectClaim]]:
    position = 0
    while position < len(text):
        quantity = _QUANTITY.search(text, position)
        plural = _BARE_PLURAL.search(text, position)
        if plural and (not quantity or plural.start() < quantity.start()):
            position = plural.end()
            word = plural["noun"]
            if word not in PHRASE_ENDS | FILLERS and singular(word) not in {word, *SCENE_WORDS}:
                yield plural.start(), plural.end(), ObjectClaim(singular(word), word, None, False)
            continue
        if not quantity:
            return
        words, end = _noun_phrase(text, quantity.end())
        name = _name_of(words)
        if not name or name.split()[-1] in SCENE_WORDS:
            # Of "a picture of a dog", go on behind "a".
            position = quantity.end()
            continue
        position = end
        yield quantity.start(), end, _object_claim(quantity["quantity"], words, name)


def _noun_phrase(text: str, start: int) -> tuple[list[str], int]:
    """Return the words of the noun phrase that begins at `start`, and where it ends."""
    words: list[str] = []
    end = start
    for match in re.finditer(r"([a-z][a-z'-]*)( |(?=\W|$))", text[start:]):
        word = match[1]
        is_part = word == "of" and bool(words) and words[-1] in PARTITIVES
        if match.start() + start != end + (1 if words else 0) or len(words) == MAX_PHRASE:
            break
        if word in PHRASE_ENDS | set(NUMBERS) and not is_part:
            break
        if words and word.endswith("ing") and word not in ING_NOUNS:
            break
        words.append(word)
        end = start + match.end(1)
    if words[-1:] == ["of"]:
        return words[:-1], end - len(" of")
    return words, end


def _without_adjectives(words: Sequence[str]) -> str:
    return " ".join([*(word for word in words[:-1] if word not in ADJECTIVES), *words[-1:]])


def _name_of(words: Sequence[str]) -> str:
    first, of, rest = _without_adjectives(words).partition(" of ")
    return f"{singular(first)}{of}{rest}"


def _object_claim(quantity: str, words: Sequence[str], name: str) -> ObjectClaim:
    count: int | None
    if quantity in OPEN_QUANTITIES:
        count = 1 if quantity == "the" and words[-1] == singular(words[-1]) else None
    elif quantity in ("a", "an"):
        count = 1
    else:
        count = QUANTITIES.get(quantity) or number_value(quantity)
    colours = [COLOUR_SYNONYMS.get(word, word) for word in words[:-1]]
    return ObjectClaim(
        name,
        _without_adjectives(words),
        count,
        is_exact=quantity not in ("a", "an", *OPEN_QUANTITIES),
        colour=next((word for word in colours if word in COLOURS), ""),
        size=next((word for word in words[:-1] if word in SIZES), ""),
    )
