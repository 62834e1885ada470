"""Parse the spatial relations of a prompt whose objects are marked ‹0›, ‹1› …"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tools.signal.drawings.image_claims import ObjectClaim, RelationClaim
from tools.signal.drawings.prompt_words import CONTAINERS

_OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_WORD_BEFORE = {"left": "left of", "right": "left of", "top": "above", "bottom": "above"}
"""The relation of the first to the second, counted from the left or the top."""
_NORMAL_FORMS: tuple[tuple[str, str], ...] = (
    *(
        (rf"(?:from )?(?:the )?{first} to (?:the )?{last}\b", f"DIR_{first}")
        for first, last in _OPPOSITE.items()
    ),
    *(
        (
            rf"(?:over )?(?:(?:to|on|at) the )?{side}(?:[- ]hand)?(?: side)? of\b(?! the "
            r"(?:picture|image|scene))",
            f"REL_{side}",
        )
        for side in ("left", "right")
    ),
    (r"on top of|atop|higher than|(?:right |directly |just |up )*(?:above|over(?! (?:on|to|at)\b))",
     "REL_top"),
    (r"lower than|(?:right |directly |just )*(?:below|underneath|under|beneath)", "REL_bottom"),
    (r"inside(?: of)?|within", "INSIDE"),
    (r"(?:in )?between", "BETWEEN"),
    *(
        (
            rf"(?:over )?(?:in|on|at|to) the (?:{row}) {side}(?:[- ]hand)?(?: side| corner)?",
            f"AT_{name}_{side}",
        )
        for name, row in (("top", "top|upper"), ("bottom", "bottom|lower"))
        for side in ("left", "right")
    ),
    *(
        (rf"(?:over )?(?:in|on|at|to) the {side}(?:[- ]hand)?(?: side| middle)?", f"AT_{side}")
        for side in _OPPOSITE
    ),
    (r"in the (?:very )?(?:middle|centre|center)", "AT_middle"),
)  # fmt: skip
_OF_PICTURE = re.compile(r"(AT_\w+) of the (?:picture|image|scene|drawing)")
_COPULA = re.compile(
    r"\b(?:that |which )?(?:is|are|stands?|standing|sits?|sitting|placed|lies|lying|somewhere) "
)
_M = r"‹(\d+)›"
_AND = r"(?:,|and| |then)+"


class RelationParser:
    """Parse the relations in a text whose objects are marked ‹0›, ‹1› …"""

    def __init__(self, mentions: Sequence[ObjectClaim]) -> None:
        self.mentions = list(mentions)
        self.relations: list[RelationClaim] = []

    def parse(self, text: str) -> str:
        """Collect the relations; return the text that is left."""
        for pattern, form in _NORMAL_FORMS:
            text = re.sub(rf"\b(?:{pattern})\b", form, text)
        text = _OF_PICTURE.sub(r"\1", text)
        text = _COPULA.sub("", text)
        for pattern, handle in self._rules():
            while match := re.search(pattern, text):
                handle(match)
                marks = " ; ".join(re.findall(r"‹\d+›", match[0]))
                text = f"{text[: match.start()]}{marks}{text[match.end() :]}"
        return text

    def _rules(self) -> Iterator[tuple[str, Callable[[re.Match[str]], None]]]:
        series = rf"{_M}(?:{_AND}{_M})+"
        yield rf"DIR_(?P<side>\w+) {series}", self._series
        yield rf"{series},? DIR_(?P<side>\w+)", self._series
        yield (
            rf"{_M} BETWEEN {_M} AT_(?P<side>left|right|top|bottom)\b and {_M} AT_\w+",
            lambda match: self._chain((match[2], match[1], match[4]), match["side"]),
        )
        yield rf"{_M} BETWEEN {_M} and {_M}", lambda match: self._between(*match.groups())
        yield rf"BETWEEN {_M} and {_M},? {_M}", lambda m: self._between(m[3], m[1], m[2])
        yield (
            rf"{_M} and {_M}(?: with| and|,)+ {_M} BETWEEN them",
            lambda m: self._between(m[3], m[1], m[2]),
        )
        yield (
            rf"{_M} and {_M}(?: with| and|,)+ BETWEEN them {_M}",
            lambda m: self._between(m[3], m[1], m[2]),
        )
        yield (
            rf"{_M} with {_M} (?:REL|AT)_(?P<side>left|right|top|bottom)\b(?: it| them)?(?! ‹)",
            lambda m: self._chain((m[2], m[1]), m["side"]),
        )
        yield rf"{_M} with {_M} (?:INSIDE|in it)(?: it)?(?! ‹)", lambda m: self._inside(m[2], m[1])
        yield rf"{_M} with {_M} around(?: it)?(?! ‹)", lambda m: self._inside(m[1], m[2])
        for side, other in _OPPOSITE.items():
            yield (
                rf"{_M} AT_{side}{_AND}{_M} AT_{other}\b",
                lambda m, side=side: self._chain((m[1], m[2]), side),
            )
            yield (
                rf"AT_{side},? {_M}{_AND}AT_{other},? {_M}",
                lambda m, side=side: self._chain((m[1], m[2]), side),
            )
        yield (
            rf"{_M} (?:around|(?:that )?(?:holds|holding|contains|containing)) {_M}",
            lambda m: self._inside(m[2], m[1]),
        )
        yield rf"{_M} INSIDE {_M}", lambda m: self._inside(m[1], m[2])
        yield rf"INSIDE {_M},? {_M}", lambda m: self._inside(m[2], m[1])
        yield rf"{_M} in {_M}", self._maybe_inside
        yield rf"{_M} REL_(?P<side>\w+)(?= ({_M}))", self._related
        yield rf"REL_(?P<side>\w+) {_M},? {_M}", lambda m: self._chain((m[3], m[2]), m["side"])
        yield rf"{_M},? AT_(?P<place>\w+)", self._place
        yield rf"AT_(?P<place>\w+),? {_M}", self._place

    def _name(self, number: str) -> str:
        return self.mentions[int(number)].name

    def _series(self, match: re.Match[str]) -> None:
        self._chain(re.findall(_M, match[0]), match["side"])

    def _chain(self, numbers: Sequence[str], side: str) -> None:
        """Relate objects that are counted from a side of the image."""
        ordered = list(numbers) if side in ("left", "top") else list(reversed(numbers))
        for first, second in pairwise(ordered):
            self._add(first, _WORD_BEFORE[side], second)

    def _related(self, match: re.Match[str]) -> None:
        self._chain((match[1], match[4]), match["side"])

    def _between(self, subject: str, first: str, last: str) -> None:
        self._add(subject, "between", first, last)

    def _inside(self, subject: str, container: str) -> None:
        self._add(subject, "inside", container)

    def _maybe_inside(self, match: re.Match[str]) -> None:
        # A man in a hat is not inside of it.
        if self._name(match[2]) in CONTAINERS:
            self._inside(match[1], match[2])

    def _add(self, subject: str, word: str, *objects: str) -> None:
        names = tuple(map(self._name, objects))
        if self._name(subject) not in names:
            self.relations.append(RelationClaim(self._name(subject), word, names))

    def _place(self, match: re.Match[str]) -> None:
        number = int(re.findall(_M, match[0])[0])
        place = match["place"].replace("_", " ")
        self.mentions[number] = replace(self.mentions[number], place=place)
