r"""The requests of the suite `answers`: evals/data/answers.jsonl and tempting_requests.jsonl.

A line of answers.jsonl says what is true of a right answer:

    {"id": "cups", "split": "report", "kind": "count",
     "request": "how many cups stand here?", "files": ["two_cups"],
     "plan": "cups = detect(image1, \"cup\")\nsay(\"There are {cups} cups.\")",
     "number": 2, "says": [["cup", "mug"]], "says_not": ["face"],
     "shows": [{"kind": "image", "width": [300, 300]}]}

`says` are groups of words, of each of which one has to be said. `number` is the first number that
is said. `shows` are media: a measure (evals/scoring/media_measures.py) with its minimum and its
maximum, and `hears`, words that another model has to hear in a sound. `region` is x1, y1, x2, y2 as
percentages, for measures inside and outside of it. `coordinates` says that the request asks for
them. `earlier` are requests of the same conversation that come first, with their files and plans.
Prompts and examples may be changed by looking at the `tune` split only.

A line of tempting_requests.jsonl is a request that a guess would answer without looking, with such
a guess; `truth` are words of which one is in a true answer, if it is known.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

_FOLDER = Path(__file__).with_name("data")

Kind = Literal[
    "count",
    "read",
    "document",
    "place",
    "look",
    "listen",
    "image",
    "sound",
    "film",
    "several",
    "words",
    "vote",
]

_NO_MINUS = r"(?<!\s[-−])(?<!\A[-−])"
"""No sign before a number: a hyphen inside of a word or a range is none."""
_NUMBER_OR_WORD = re.compile(r"(?:(?<!\w)-)?\d+(?:\.\d+)?|[a-z]+")
_RAW_COORDINATES = re.compile(
    r"\(-?\d+(\.\d+)?, -?\d+(\.\d+)?\)|\b(left|top|right|bottom) ?[=|:] ?\d"
)
_NUMBER_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_NO_ANSWER = re.compile(
    r"\?\s*$|\bno tool\b|\b(cannot|can't|could not|unable|sorry)\b|\bplease (add|say|tell|choose)\b"
    r"|this could not be done",
    re.IGNORECASE,
)


class ExpectedMedium(BaseModel, extra="allow"):
    """A medium that an answer shows, with bounds of its measures."""

    kind: Literal["image", "audio", "video"]
    hears: list[list[str]] = []
    """Groups of words, of each of which one has to be heard."""

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        return {name: (low, high) for name, (low, high) in (self.model_extra or {}).items()}

    def mismatches(self, measures: dict[str, float], heard_text: str = "") -> list[str]:
        """Return what differs from the bounds, empty if nothing does."""
        faults = [
            f"{name} is {measures.get(name)}, not {low:g} to {high:g}"
            for name, (low, high) in self.bounds.items()
            if not low <= measures.get(name, float("nan")) <= high
        ]
        return faults + [
            f"none of {', '.join(group)} is heard in {heard_text!r}"
            for group in self.hears
            if not any(says_word(heard_text, word) for word in group)
        ]


class EarlierRequest(BaseModel):
    """A request that comes first in the same conversation."""

    request: str
    files: list[str] = []
    plan: str = ""


class AnswerFacts(BaseModel):
    """What is true of a right answer."""

    says: list[list[str]] = []
    """Groups of words, of each of which one has to be said."""
    says_not: list[str] = []
    number: float | None = None
    shows: list[ExpectedMedium] = []
    region: tuple[float, float, float, float] | None = None
    coordinates: bool = False
    """Whether the request asks for pixels."""

    @property
    def may_decline(self) -> bool:
        return False


class AnswerSample(AnswerFacts):
    """A request about files, and what is true of a right answer."""

    id: str
    split: Literal["tune", "report"]
    kind: Kind
    request: str
    files: list[str] = []
    earlier: list[EarlierRequest] = []
    plan: str = ""
    """A right plan: with it, the suite tests the tools and what is expected of the answer."""

    @property
    def may_decline(self) -> bool:
        return self.kind == "words"

    @property
    def all_files(self) -> list[str]:
        """Return the files of all turns, those of the last turn first."""
        return [*self.files, *(name for turn in self.earlier for name in turn.files)]


class TemptingRequest(BaseModel):
    """A request that a guess would answer, with such a guess."""

    id: str
    request: str
    files: list[str]
    guess: str
    truth: list[str] = []


@cache
def answer_samples() -> tuple[AnswerSample, ...]:
    lines = (_FOLDER / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(AnswerSample.model_validate_json(line) for line in lines)


@cache
def tempting_requests() -> tuple[TemptingRequest, ...]:
    lines = (_FOLDER / "tempting_requests.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(TemptingRequest.model_validate_json(line) for line in lines)


def says_word(answer: str, word: str) -> bool:
    """Return whether an answer has the word or words, not as a part of another; -2 is not 2."""
    unsigned = _NO_MINUS if word[0].isdigit() else ""
    pattern = rf"(?<![\w.]){unsigned}{re.escape(word.casefold())}(?![\w])(?!\.\d)"
    return re.search(pattern, answer.casefold()) is not None


def first_number(answer: str) -> float | None:
    """Return the first number of an answer, in digits or as a word."""
    for word in _NUMBER_OR_WORD.findall(answer.casefold()):
        if word[-1].isdigit():
            return float(word)
        if word in ("none", "nothing", "nobody"):
            return 0
        if word in _NUMBER_WORDS:
            return _NUMBER_WORDS.index(word)
    return None


def has_raw_coordinates(answer: str) -> bool:
    """Return whether an answer gives places as pixels."""
    return _RAW_COORDINATES.search(answer) is not None


def declines(answer: str) -> bool:
    """Return whether an answer says that it cannot tell, or asks back."""
    return _NO_ANSWER.search(answer) is not None
