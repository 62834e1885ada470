"""Phrase banks: request phrases by operation, read from train/planner/data/phrases/.

Requests and plans share slots: `<thing>` is filled from the bank of that name in values.toml, with
the same row at every occurrence, so that "how many <things>" and `label="<label>"` agree. A final
digit, as in `<thing2>`, selects another row of the same bank.
"""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from tools.errors import InputError

FOLDER = Path(__file__).with_name("phrases")
HELD_OUT_PERCENT = 6
"""Percentage of phrases that occur only in the split `held_wording`."""
_SLOT = re.compile(r"(\b[Aa] )?<([a-z_]+?)(\d?)>")
_VOWEL = re.compile(r"[aeio]|u(?!ni|s[aeiou])", re.IGNORECASE)

Row = Mapping[str, str]
"""One value of a bank in its forms: {"thing": "dog", "things": "dogs", "label": "dog"}."""
OwnSlots = Mapping[str, Sequence["str | Row"]]
"""Banks for the slots of a single entry."""
Slots = dict[str, str]
"""Values by slot, digits included: {"thing": "dog", "thing2": "cat"}."""
T = TypeVar("T")


class _Bank(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Operation(_Bank):
    """An operation from one value to another, with phrases that compose.

    In `call` and `lines`, `$` is the operand and `@` a region of it.
    """

    id: str
    takes: str
    gives: str
    call: str = ""
    lines: tuple[str, ...] = ()
    """Lines before the one that assigns `name`, where one call is not enough."""
    region: str = ""
    """The call with a region, where the operation takes one."""
    name: str
    """The name of the result in a plan."""
    version: str = ""
    """The difference of the result, as after "Here it is ": "in grey"."""
    answer: str = ""
    """The sentence about the result, with `$` for it; made from `version` if empty."""
    say: str = ""
    """Lines that replace `answer` where the operation is the whole plan."""
    alone: tuple[str, ...] = ()
    """Whole requests."""
    it: tuple[str, ...] = ()
    """Imperatives with the word "it" for the operand."""
    on: tuple[str, ...] = ()
    """Imperatives about `<target>`, a region."""
    weight: float = 1.0
    scene: bool = False
    """Whether its model accepts only images of the sprite world."""
    slots: dict[str, tuple[str | Row, ...]] = {}

    def answer_with(self, name: str) -> str:
        """Return the sentence that shows the result of this name."""
        sentence = self.answer or f"Here it is {self.version}: $"
        return sentence.replace("{$}", "$").replace("$", f"{{{name}}}")


class Intent(_Bank):
    """Whole requests with a whole plan."""

    id: str
    kind: str
    names: dict[str, str] = {}
    """Names in scope: a type such as "Image", or "Type|description"."""
    plan: str
    say: tuple[str, ...]
    slots: dict[str, tuple[str | Row, ...]] = {}
    weight: float = 1.0
    polite: bool = True
    """Whether "please" and the like may be added."""


class DescribedTool(_Bank):
    """A tool that exists only in prompts, with requests for it."""

    signature: str
    """`name(a: Type) -> Type: Description`."""
    domain: str
    call: str
    """Arguments may be slots."""
    say: tuple[str, ...]
    answer: str = "{result}"
    noun: str = "result"
    """The name of the result in a plan."""
    many: str = ""
    """A slot that can have several values in one request."""
    needs: dict[str, str] = {}
    """The files that the requests are about."""
    incomplete: tuple[dict[str, str], ...] = ()
    """Requests that lack an argument (`say`), and the question back (`ask`)."""
    slots: dict[str, tuple[str | Row, ...]] = {}

    def __hash__(self) -> int:
        return hash(self.signature)


class Target(_Bank):
    """A part of an image, with its phrases and plan expression."""

    id: str
    say: tuple[str, ...]
    call: str
    """With `$` for the picture."""
    plural: bool = False
    short: str
    """The part in an answer: "the faces"."""
    weight: float = 1.0
    slots: dict[str, tuple[str | Row, ...]] = {}


@cache
def load(file: str) -> Mapping[str, Any]:
    """Return the tables of one phrase file."""
    return tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))


@cache
def operations() -> tuple[Operation, ...]:
    """Return the operations of all phrase files."""
    return _all_of("operation", Operation)


@cache
def intents() -> tuple[Intent, ...]:
    """Return the intents of all phrase files."""
    return _all_of("intent", Intent)


@cache
def targets() -> tuple[Target, ...]:
    """Return the phrases for parts of an image."""
    return _all_of("target", Target)


@cache
def described_tools() -> tuple[DescribedTool, ...]:
    """Return the tools that exist only in prompts."""
    return _all_of("tool", DescribedTool)


BankType = TypeVar("BankType", bound=_Bank)


def _all_of(table: str, kind: type[BankType]) -> tuple[BankType, ...]:
    entries: list[BankType] = []
    for path in sorted(FOLDER.glob("*.toml")):
        entries += map(kind.model_validate, load(path.name).get(table, ()))
    return tuple(entries)


@cache
def _rows_by_form() -> Mapping[str, tuple[Row, ...]]:
    """Return the rows of the bank of each slot in values.toml."""
    banks: dict[str, tuple[Row, ...]] = {}
    for name, bank in load("values.toml").items():
        if isinstance(bank, Mapping):
            forms = bank["forms"]
            cells = [row.split("|") for row in bank["rows"]]
            rows = tuple(dict(zip(forms, _pad_row(row, len(forms)), strict=True)) for row in cells)
        else:
            rows = tuple({name: value} for value in bank)
        banks |= dict.fromkeys(rows[0], rows)
    return banks


def _pad_row(cells: Sequence[str], size: int) -> list[str]:
    """Pad a row to its size with the first cell."""
    return [*cells, *[cells[0]] * (size - len(cells))]


def is_held_out(phrase: str) -> bool:
    """Return whether the phrase is held out of the training split."""
    digest = hashlib.sha256(phrase.encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < HELD_OUT_PERCENT


class SlotFiller:
    """Fill slots at random, with one value per slot."""

    def __init__(self, dice: random.Random, own: OwnSlots | None = None) -> None:
        self.slots: Slots = {}
        self._dice = dice
        self._own = own or {}

    def fill(self, text: str) -> str:
        """Return the text with every slot filled."""
        return _SLOT.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        article, form, digit = match.groups()
        if form + digit not in self.slots:
            rows = self._rows_of(form)
            used_values = {
                value for name, value in self.slots.items() if name.rstrip("0123456789") == form
            }
            free = [row for row in rows if row[form] not in used_values] or rows
            row = self._dice.choice(free)
            self.slots |= {key + digit: value for key, value in row.items()}
        value = self.slots[form + digit]
        if article and _VOWEL.match(value):
            article = f"{article.strip()}n "
        return (article or "") + value

    def _rows_of(self, form: str) -> Sequence[Row]:
        for name, values in self._own.items():
            rows = [{name: value} if isinstance(value, str) else value for value in values]
            if form in rows[0]:
                return rows
        if form not in _rows_by_form():
            raise InputError(
                f"no bank has the slot {form!r}",
                hint="add it to values.toml or to the slots of the intent",
            )
        return _rows_by_form()[form]


def choose(dice: random.Random, items: Sequence[T], weights: Iterable[float] | None = None) -> T:
    """Return one of the items, by weight if there are weights."""
    if weights is None:
        return dice.choice(items)
    return dice.choices(items, list(weights))[0]
