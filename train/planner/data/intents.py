"""Shapes with hand-written plans: one example from one intent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from agent.plan import parse
from agent.plan.check.unsupported_claims import find_unsupported_claim
from train.planner.data import request_wording
from train.planner.data.phrase_files import Intent, SlotFiller, choose, intents
from train.planner.data.plan_drafts import ExampleMaker, Unsuitable, capital
from train.planner.data.plan_shapes import Shape
from train.planner.data.scope_values import FILE_TYPES, PromptScope, type_named
from train.planner.data.training_example import TrainingExample

HELD_INTENTS = frozenset(
    {"each_person_gets", "percentage", "average_count", "moment_before", "slideshow_music",
     "draw_sum", "even_odd", "money_story", "left_and_right", "mix_quiet", "without_thing",
     "count_sides", "receipt_total_each"}
)  # fmt: skip
"""Intents whose plan shape occurs only in the split `held_shape`."""
_WITHOUT_FILES = ("small_talk", "arithmetic", "knowledge", "refusal", "writing", "make")
_WITH_FILES_ANYWAY = 0.3
_CAPITALS = {"<Things>": "<things>", "<Thing>": "<thing>"}


def fill_capitals(filler: SlotFiller, text: str) -> str:
    """Fill the slots of a text, `<Things>` with a capital letter."""
    for capitalised, slot in _CAPITALS.items():
        if capitalised in text:
            text = text.replace(capitalised, capital(filler.fill(slot)))
    return filler.fill(text)


def add_names(
    maker: ExampleMaker, scope: PromptScope, filler: SlotFiller, names: Mapping[str, str]
) -> None:
    """Add an intent's files and results ("Type|description") to the scope."""
    for name, value in names.items():
        kind, _, description = value.partition("|")
        if kind == "Scene":
            scope.add_file(maker.dice, "Image", scene=True)
        elif not description and kind in FILE_TYPES:
            scope.add_file(maker.dice, kind)
        else:
            scope.add(name, type_named(kind), filler.fill(description))


def from_intent(maker: ExampleMaker, intent: Intent) -> TrainingExample:
    """Return an example of the intent."""
    filler = maker.filler(intent.slots)
    request = fill_capitals(filler, maker.phrase(intent.say))
    plan = fill_capitals(filler, intent.plan)
    scope = PromptScope()
    add_names(maker, scope, filler, intent.names)
    scope.fit(filler.slots)
    if intent.kind in _WITHOUT_FILES and maker.dice.random() < _WITH_FILES_ANYWAY:
        scope.add_file(maker.dice, maker.dice.choice(("Image", "Image", "Audio", "Video", "Text")))
        if find_unsupported_claim(parse(plan), scope.types, request, scope.descriptions):
            raise Unsuitable("a guess about the file, for the checker", hint="draw again")
    if intent.polite:
        request = request_wording.be_polite(maker.dice, request)
    return maker.example(intent.kind, request_wording.finish(maker.dice, request), plan, scope)


def _shape_of(kinds: frozenset[str], *, held_out: bool = False) -> Shape:
    def shape(maker: ExampleMaker) -> TrainingExample:
        choices, weights = _choices(kinds, held_out)
        return from_intent(maker, choose(maker.dice, choices, weights))

    return shape


@cache
def _choices(kinds: frozenset[str], held_out: bool) -> tuple[list[Intent], list[float]]:
    choices = [
        intent
        for intent in intents()
        if (intent.kind in kinds or not kinds) and (intent.id in HELD_INTENTS) == held_out
    ]
    return choices, [intent.weight for intent in choices]


def _shape_of_kinds(*kinds: str) -> Callable[[ExampleMaker], TrainingExample]:
    return _shape_of(frozenset(kinds))


SHAPES: dict[Shape, float] = {
    _shape_of_kinds("count_arithmetic"): 9,
    _shape_of_kinds("condition"): 12,
    _shape_of_kinds("comprehension", "index"): 3,
    _shape_of_kinds("folder"): 5,
    _shape_of_kinds("chain", "several_outputs"): 8,
    _shape_of_kinds("combine"): 5,
    _shape_of_kinds("make"): 3,
    _shape_of_kinds("question"): 2,
    _shape_of_kinds("small_talk"): 2.5,
    _shape_of_kinds("knowledge", "writing"): 4,
    _shape_of_kinds("arithmetic"): 6,
    _shape_of_kinds("language"): 5,
    _shape_of_kinds("long"): 34,
}
HELD_SHAPES: dict[Shape, float] = {_shape_of(frozenset(), held_out=True): 2}
