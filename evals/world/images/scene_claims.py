"""Parse the claims of a sentence about an image, in any phrasing.

>>> read_sentence("Please draw a pup with half a dozen apples to the right.")
Claims(counts={'dog': 1, 'apple': 6}, relations={dog left of apple}, background={})

The parser uses the templates of phrases.toml, so it reads every sentence of the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations

from evals.world.images.outlines import OUTLINE_COLOURS
from evals.world.images.scene_content import COLOURS, INVERSE, RELATIONS, Relation
from evals.world.phrase_templates import every_template
from evals.world.vocabulary import KINDS, NUMBERS, PHRASED_NUMBERS, SIZES

_SLOTS = (*(f"row {word}" for word in INVERSE), *RELATIONS)
_ADJECTIVES = (
    *(word for words in SIZES.values() for word in words),
    *COLOURS,
    *OUTLINE_COLOURS,
    *(kind.colour for kind in KINDS.values() if kind.colour),
)


@dataclass(frozen=True)
class Claims:
    """The claims of a sentence about an image."""

    counts: Mapping[str, int | None]
    """The number of each object; None where it is left open."""
    relations: frozenset[Relation]
    """In the form of `normalise_relations`."""
    background: frozenset[str]
    """The background's colours; empty if it is not mentioned."""


def read_sentence(text: str) -> Claims:
    """Parse the objects, counts, relations and background in a sentence."""
    sentence = " ".join(text.lower().replace("’", "'").split()).rstrip(".!?")
    sentence, background = _extract_background(sentence)
    sentence, names, counts = _mark_mentions(_evaluate_sums(sentence))
    return Claims(counts, normalise_relations(_parse_relations(sentence, names)), background)


def normalise_relations(relations: frozenset[Relation]) -> frozenset[Relation]:
    """Reduce relations to "left of" and "above", and add implied ones."""
    normalised = set[Relation]()
    for relation in relations:
        if relation.word in ("right of", "below"):
            normalised.add(
                Relation(relation.objects[0], INVERSE[relation.word], (relation.subject,))
            )
        elif relation.word == "between":
            normalised.add(Relation(relation.subject, "between", tuple(sorted(relation.objects))))
        else:
            normalised.add(relation)
    for word in ("left of", "above"):
        ordered = {(found.subject, found.objects[0]) for found in normalised if found.word == word}
        names = sorted({name for pair in ordered for name in pair})
        for first, middle, last in permutations(names, 3):
            if (first, middle) in ordered and (middle, last) in ordered:
                normalised.add(Relation(first, word, (last,)))
                normalised.add(Relation(middle, "between", tuple(sorted((first, last)))))
    return frozenset(normalised)


def _alternatives(words: Iterable[object]) -> str:
    options = sorted({str(word) for word in words}, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(option) for option in options) + ")"


@cache
def _nouns() -> dict[str, tuple[str, bool]]:
    """Map nouns to object names and whether they are always plural."""
    nouns: dict[str, tuple[str, bool]] = {}
    for kind in KINDS.values():
        for singular, plural in {kind.name: kind.plural, **kind.words}.items():
            nouns[plural] = (kind.name, plural != singular)
            nouns[singular] = (kind.name, False)
    return nouns


@cache
def _numbers() -> dict[str, int]:
    numbers = {word: number for number, word in enumerate(NUMBERS)}
    for number, phrases in PHRASED_NUMBERS.items():
        numbers |= dict.fromkeys(phrases, number)
    return numbers | {"a": 1, "an": 1}


def _number_value(number: str) -> int:
    return int(number) if number.isdigit() else _numbers()[number]


def _compile_template(template: str, **parts: str) -> re.Pattern[str]:
    """Compile a template with a pattern for each slot; of its alternatives, any matches."""
    pattern = re.escape(template)
    for mark, syntax in ((r"\(", "(?:"), (r"\|", "|"), (r"\)", ")")):
        pattern = pattern.replace(mark, syntax)
    for slot, part in parts.items():
        pattern = pattern.replace(re.escape("{" + slot + "}"), part)
    return re.compile(pattern)


@cache
def _sum_patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    number, noun = rf"(?:\d+|{_alternatives(NUMBERS)})", _alternatives(_nouns())
    parts = {
        "x": rf"\b(?P<x>{number})",
        "y": rf"(?P<y>{number})",
        "nouns": rf"(?P<nouns>{noun})",
        "are": "(?:is|are)",
    }
    return tuple(
        (sign, _compile_template(template, **parts))
        for sign, slot in ((-1, "minus"), (1, "plus"))
        for template in sorted(every_template(slot), key=len, reverse=True)
    )


def _evaluate_sums(sentence: str) -> str:
    for sign, pattern in _sum_patterns():

        def result(match: re.Match[str], sign: int = sign) -> str:
            total = _number_value(match["x"]) + sign * _number_value(match["y"])
            return f"{max(total, 0)} {match['nouns']}"

        sentence = pattern.sub(result, sentence)
    return sentence


@cache
def _background_patterns() -> tuple[re.Pattern[str], ...]:
    colour = _alternatives(COLOURS)
    sorted_templates = sorted(every_template("background"), key=len, reverse=True)
    part = rf"(?P<first>{colour})(?:(?: and | to |-to-)(?P<second>{colour}))?\b"
    return tuple(
        re.compile(
            _compile_template(template.replace("{scene}", ""), colour=part).pattern.replace(
                r"a\ ", r"an?\ "
            )
        )
        for template in sorted_templates
    )


def _extract_background(sentence: str) -> tuple[str, frozenset[str]]:
    for pattern in _background_patterns():
        if match := pattern.search(sentence):
            colours = frozenset(colour for colour in match.groups() if colour)
            return sentence[: match.start()] + sentence[match.end() :], colours
    return sentence, frozenset()


@cache
def _mention() -> re.Pattern[str]:
    adjectives = rf"(?P<adjectives>(?:{_alternatives(_ADJECTIVES)}\s)*)"
    return re.compile(
        rf"\b(?:(?P<number>\d+|{_alternatives(_numbers())}|the|some)\s)?{adjectives}(?P<noun>{_alternatives(_nouns())})\b"
    )


def _mark_mentions(sentence: str) -> tuple[str, list[str], dict[str, int | None]]:
    """Replace objects by ‹0›, ‹1› …; return the sentence, names and counts."""
    names: list[str] = []
    counts: dict[str, int | None] = {}

    def mark(match: re.Match[str]) -> str:
        name, is_plural = _nouns()[match["noun"]]
        if match["number"] in (None, "the", "some"):
            number = None if is_plural else 1
        else:
            number = _number_value(match["number"])
        if counts.get(name) is None:
            counts[name] = number
        names.append(name)
        return f"‹{len(names) - 1}›"

    for pattern in _number_patterns():
        sentence = pattern.sub("", sentence)
    return _mention().sub(mark, sentence), names, counts


@cache
def _number_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(_compile_template(template, n="") for template in every_template("number"))


@cache
def _relation_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    parts = {letter: rf"‹(?P<{letter}>\d+)›" for letter in "abc"} | {"is": "(?:is|are)"}
    slot_templates = [(slot, template) for slot in _SLOTS for template in every_template(slot)]
    slot_templates.sort(key=lambda pair: len(pair[1]), reverse=True)
    return tuple((slot, _compile_template(template, **parts)) for slot, template in slot_templates)


def _parse_relations(sentence: str, names: list[str]) -> frozenset[Relation]:
    sentence = re.sub(
        r"› (?:that |which )?(?:is|are|stands?|sits?|standing|sitting) (?!‹)", "› ", sentence
    )
    relations = set[Relation]()
    for slot, pattern in _relation_patterns():
        while match := pattern.search(sentence):
            parts = match.groupdict()
            subject, *objects = (names[int(parts[letter])] for letter in "abc" if letter in parts)
            if slot.startswith("row "):
                word = slot.removeprefix("row ")
                relations.add(Relation(subject, word, (objects[0],)))
                relations.add(Relation(objects[0], word, (objects[1],)))
            else:
                relations.add(Relation(subject, slot, tuple(objects)))
            # Keep the objects for other relations, and consume the words.
            rest = " ; ".join(re.findall(r"‹\d+›", match[0]))
            sentence = sentence[: match.start()] + rest + sentence[match.end() :]
    return frozenset(relations)
