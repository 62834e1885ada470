"""Write plans line by line from operations, and choose their phrases."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.plan import Callee
from tools.errors import InputError
from train.planner.data.everyday_tools import everyday_tools
from train.planner.data.known_tools import known_tools
from train.planner.data.phrase_files import Operation, OwnSlots, SlotFiller, Target, is_held_out
from train.planner.data.scope_values import PromptScope
from train.planner.data.signatures import ToolSignature, as_callees
from train.planner.data.training_example import EarlierTurn, Split, TrainingExample, check_plan

Mode = Literal["train", "held_wording"]
_ASSIGNMENT = re.compile(r"(\w+) = (.*)", re.DOTALL)
_QUOTED = re.compile(r'("[^"]*")')
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


class NoPhrase(InputError):  # noqa: N818
    """A bank has no phrase of the kind that this split needs."""


class Unsuitable(InputError):  # noqa: N818
    """The random choices do not fit together; draw again."""


@dataclass(frozen=True)
class Step:
    """An operation in a plan, with its result's name and its answer."""

    name: str
    sentence: str
    say: str
    operation: Operation


class PlanDraft:
    """Lines of a plan in which each name is assigned once."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.lines: list[str] = []
        self._name_by_expression: dict[str, str] = {}
        """Names by expression, so that no expression is computed twice."""
        self._reserved = {*reserved, *known_tools(), *everyday_tools()}

    def reserve(self, name: str) -> str:
        """Reserve and return the name, with a number if in use."""
        name = name or "result"
        number = 2
        free = name
        while free in self._reserved:
            free, number = f"{name}{number}", number + 1
        self._reserved.add(free)
        return free

    def assign(self, name: str, expression: str) -> str:
        """Add an assignment and return the name it uses."""
        if expression in self._name_by_expression:
            return self._name_by_expression[expression]
        free = self.reserve(name)
        self.lines.append(f"{free} = {expression}")
        self._name_by_expression[expression] = free
        return free

    def apply(
        self, operation: Operation, operand: str, fill: Callable[[str], str], region: str = ""
    ) -> Step:
        """Add the lines of an operation on a value or its region."""
        new_names: dict[str, str] = {}
        for line in operation.lines:
            name, expression = _parse_assignment(fill(line))
            new_names[name] = self.assign(
                name, _rename(expression.replace("$", operand), new_names)
            )
        call = operation.region.replace("@", region) if region else operation.call
        expression = _rename(fill(call).replace("$", operand), new_names)
        name = fill(operation.name)
        new_names[name] = self.assign(name, expression)
        sentence = _rename(fill(operation.answer_with(name)), new_names)
        return Step(new_names[name], sentence, _rename(fill(operation.say), new_names), operation)

    def say(self, sentence: str) -> None:
        """Add the line that says a sentence."""
        self.lines.append(f'say("{sentence}")')

    def finish(self, step: Step) -> None:
        """Add the answer of a step that is the whole plan."""
        if step.say:
            self.lines += step.say.strip().splitlines()
        else:
            self.say(step.sentence)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def _parse_assignment(line: str) -> tuple[str, str]:
    match = _ASSIGNMENT.fullmatch(line)
    if not match:
        raise InputError(f"{line!r} assigns no name", hint="write it as in: words = read_text($)")
    return match[1], match[2]


def _rename(text: str, names: Mapping[str, str]) -> str:
    """Rename names in a plan's code and in braces."""
    changes = {old: new for old, new in names.items() if old != new}
    if not changes:
        return text
    pieces = _QUOTED.split(text) if '"' in text else [text]
    for old, new in changes.items():
        pieces = [
            re.sub(rf"\{{{old}\b", f"{{{new}", piece)
            if piece.startswith('"') or '"' not in text
            else re.sub(rf"\b{old}\b", new, piece)
            for piece in pieces
        ]
        if '"' not in text and not re.search(r"\{\w", text):
            pieces = [re.sub(rf"\b{old}\b", new, piece) for piece in pieces]
    return "".join(pieces)


class ExampleMaker:
    """The source of a shape's random phrases, slots and examples."""

    def __init__(self, dice: random.Random, mode: Mode = "train") -> None:
        self.dice = dice
        self.mode: Mode = mode

    def phrase(self, phrases: Sequence[str], *, main: bool = True) -> str:
        """Return one of the phrases that belong to the split.

        Only `main` phrases are held out.
        """
        held_out = self.mode == "held_wording" and main
        fitting = [phrase for phrase in phrases if is_held_out(phrase) == held_out]
        if not fitting:
            raise NoPhrase(f"no phrase for {self.mode!r} among {phrases[:1]!r}", hint="draw again")
        return self.dice.choice(fitting)

    def filler(self, slots: OwnSlots | None = None) -> SlotFiller:
        """Return a slot filler with an entry's slots beside the common banks."""
        return SlotFiller(self.dice, slots)

    def example(
        self,
        kind: str,
        request: str,
        plan: str,
        scope: PromptScope,
        *,
        turns: Sequence[EarlierTurn] = (),
        described: Sequence[ToolSignature] = (),
        split: Split | None = None,
    ) -> TrainingExample:
        """Return the example with its canonical plan; InputError if the check fails."""
        tools: dict[str, Callee] = {**known_tools(), **as_callees(described)}
        checked = check_plan(plan, tools, scope.types)
        return TrainingExample(
            kind=kind,
            request=request,
            plan=checked.text.strip(),
            names=dict(scope.descriptions),
            types=dict(scope.types),
            turns=tuple(turns),
            tools=tuple(tool.line for tool in described),
            split=split or self.mode,
        )


def with_object(phrase: str, words: str, *, plural: bool = False) -> str:
    """Replace "it" in an imperative by a noun phrase."""
    if re.search(r"\bit\b", phrase):
        phrase = re.sub(r"\bit\b", words, phrase, count=1)
        return re.sub(r"\bits\b", "their" if plural else "its", phrase)
    possessive = "their" if plural else ("its" if words == "it" else f"{words}'s")
    return re.sub(r"\bits\b", possessive, phrase, count=1)


def region_sentence(operation: Operation, short: str, name: str) -> str:
    """Return the answer for an operation on a part of an image."""
    match operation.id:
        case "crop":
            return f"Here is {short}: {{{name}}}"
        case "cut_out_background":
            return f"Here is {short}: {{{name}}}"
        case "remove":
            return f"Here it is without {short}: {{{name}}}"
        case "outline_mask":
            return f"Here is the outline of {short}: {{{name}}}"
        case "colours":
            return f"The colours of {short} are: {{{name}}}"
        case _ if operation.answer:
            return operation.answer_with(name)
        case _ if operation.version.startswith("with the rest"):
            return f"Here it is {operation.version}: {{{name}}}"
        case _ if operation.version.startswith("with"):
            return f"Here is the picture, {short} {operation.version}: {{{name}}}"
        case _:
            return f"Here it is with {short} {operation.version}: {{{name}}}"


def agree(phrase: str, target: Target) -> str:
    """Inflect the verb of a phrase for a plural target."""
    if not target.plural:
        return phrase
    for singular, plural in (
        ("<target> is ", "<target> are "), ("<target> has ", "<target> have "),
        (" is <target>", " are <target>"), (" does <target>", " do <target>"),
        ("<target> keeps its ", "<target> keep their "), ("what <target> is", "what <target> are"),
        ("<target> needs ", "<target> need "), (" a picture of its own", " pictures of their own"),
    ):  # fmt: skip
        phrase = phrase.replace(singular, plural)
    return phrase


def capital(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]
