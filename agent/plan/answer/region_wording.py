"""Describe boxes to people: how many, where on the picture, how large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agent.plan.answer.list_wording import join_words
from tools.media import Box
from tools.signal.english_nouns import plural

PictureSize = tuple[int, int]
"""Width and height of the picture that a region lies on."""

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_MAX_PLACES = 6
"""Up to so many boxes are described one by one, more are only counted."""
_WHOLE = 0.85
"""A box that spans this share of both sides lies all over the picture."""
_WIDE = 0.6
"""A box that spans this share of a side is on neither end of it."""


def number_word(number: int) -> str:
    """Return a small number as a word, others in digits."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def describe_boxes(
    boxes: Sequence[Box], size: PictureSize | None, sentence: str, *, english: bool = True
) -> str:
    """Return how many boxes there are of each label, and where they are.

    A label that the sentence around the boxes names already is left out.
    """
    if not boxes:
        return "none"
    counts = Counter(box.label or "region" for box in boxes)
    if len(boxes) > _MAX_PLACES:
        return join_words([_count_label(*item) for item in counts.items()], english=english)
    if len(boxes) == 1:
        (box,) = boxes
        place, name = place_of(box, size), box.label or "region"
        if _names(sentence, name):
            return f"{place}, {size_of(box)}" if place else size_of(box)
        end = f"{place}, {size_of(box)}" if place else f"of {size_of(box)}"
        return f"{_article(name)} {name} {end}"
    if len(counts) > 1:
        items = [
            f"{_article(box.label)} {box.label or 'region'} {_aside(box, size)}" for box in boxes
        ]
        return join_words(items, english=english)
    items = [f"one {_aside(box, size)}" for box in boxes]
    (label, number), *_ = counts.items()
    return f"{_count_label(label, number)}: {join_words(items, english=english)}"


def count_boxes(boxes: Sequence[Box]) -> tuple[int, str]:
    """Return how many boxes there are, and their noun if they have one label."""
    labels = {box.label for box in boxes}
    label = labels.pop() if len(labels) == 1 else ""
    return len(boxes), label if len(boxes) == 1 or not label else plural(label)


def place_of(box: Box, size: PictureSize | None) -> str:
    """Return where on the picture a box lies, such as "at the top left"."""
    if size is None or not all(size):
        return ""
    width, height = size
    if (box.right - box.left) >= _WHOLE * width and (box.bottom - box.top) >= _WHOLE * height:
        return "over nearly the whole picture"
    across = _third(box.left, box.right, width, ("left", "", "right"))
    down = _third(box.top, box.bottom, height, ("top", "", "bottom"))
    if across and down:
        return f"at the {down} {across}"
    if across:
        return f"on the {across}"
    return f"at the {down}" if down else "in the middle"


def size_of(box: Box) -> str:
    return f"{box.right - box.left:.0f} × {box.bottom - box.top:.0f} pixels"


def _aside(box: Box, size: PictureSize | None) -> str:
    place = place_of(box, size)
    return f"{place} ({size_of(box)})" if place else f"of {size_of(box)}"


def _count_label(label: str, number: int) -> str:
    return f"{number_word(number)} {label if number == 1 else plural(label)}"


def _third(start: float, end: float, length: int, names: tuple[str, str, str]) -> str:
    if end - start >= _WIDE * length:
        return names[1]
    position = (start + end) / 2 / length
    return names[0] if position < 0.4 else names[2] if position > 0.6 else names[1]


def _article(noun: str) -> str:
    return "an" if noun[:1].casefold() in tuple("aeiou") else "a"


def _names(sentence: str, label: str) -> bool:
    text = sentence.casefold()
    return any(word and word in text for word in (label.casefold(), plural(label).casefold()))
