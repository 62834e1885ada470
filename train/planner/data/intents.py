"""Shapes with hand-written plans: one example from one intent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from train.planner.data import request_wording
from train.planner.data.phrase_files import Filler, Intent, choose, intents
from train.planner.data.plan_drafts import Maker, capital
from train.planner.data.plan_shapes import Shape
from train.planner.data.scope_values import FILE_TYPES, Scope, type_named
from train.planner.data.training_example import Example

HELD_INTENTS = frozenset(
    {"each_person_gets", "percentage", "average_count", "moment_before", "slideshow_music",
     "draw_sum", "even_odd", "money_story", "left_and_right", "mix_quiet", "without_thing",
     "count_sides", "receipt_total_each"}
)  # fmt: skip
"""Intents whose plan shape occurs only in the split `held_shape`."""
_WITHOUT_FILES = ("small_talk", "arithmetic", "knowledge", "refusal", "writing", "make")
_WITH_FILES_ANYWAY = 0.3
_CAPITALS = {"<Things>": "<things>", "<Thing>": "<thing>"}


def fill_capitals(filler: Filler, text: str) -> str:
    """Fill the slots of a text, `<Things>` with a capital letter."""
    for capitalised, slot in _CAPITALS.items():
        if capitalised in text:
            text = text.replace(capitalised, capital(filler.fill(slot)))
    return filler.fill(text)


def add_names(maker: Maker, scope: Scope, filler: Filler, names: Mapping[str, str]) -> None:
    """Add an intent's files and results ("Type|description") to the scope."""
    for name, told in names.items():
        kind, _, shown = told.partition("|")
        if kind == "Scene":
            scope.add_file(maker.dice, "Image", scene=True)
        elif not shown and kind in FILE_TYPES:
            scope.add_file(maker.dice, kind)
        else:
            scope.add(name, type_named(kind), filler.fill(shown))


def from_intent(maker: Maker, intent: Intent) -> Example:
    """Return an example of the intent."""
    filler = maker.filler(intent.slots)
    request = fill_capitals(filler, maker.phrase(intent.say))
    plan = fill_capitals(filler, intent.plan)
    scope = Scope()
    add_names(maker, scope, filler, intent.names)
    scope.fit(filler.slots)
    if intent.kind in _WITHOUT_FILES and maker.dice.random() < _WITH_FILES_ANYWAY:
        scope.add_file(maker.dice, maker.dice.choice(("Image", "Image", "Audio", "Video", "Text")))
    if intent.polite:
        request = request_wording.be_polite(maker.dice, request)
    return maker.example(intent.kind, request_wording.finish(maker.dice, request), plan, scope)


def _shape_of(kinds: frozenset[str], *, held: bool = False) -> Shape:
    def shape(maker: Maker) -> Example:
        found, weights = _choices(kinds, held)
        return from_intent(maker, choose(maker.dice, found, weights))

    return shape


@cache
def _choices(kinds: frozenset[str], held: bool) -> tuple[list[Intent], list[float]]:
    found = [
        intent
        for intent in intents()
        if (intent.kind in kinds or not kinds) and (intent.id in HELD_INTENTS) == held
    ]
    return found, [intent.weight for intent in found]


def _of(*kinds: str) -> Callable[[Maker], Example]:
    return _shape_of(frozenset(kinds))


SHAPES: dict[Shape, float] = {
    _of("count_arithmetic"): 4,
    _of("condition"): 6,
    _of("comprehension", "index"): 3,
    _of("folder"): 3,
    _of("chain", "several_outputs"): 4,
    _of("combine"): 5,
    _of("make"): 3,
    _of("question"): 2,
    _of("small_talk"): 2.5,
    _of("knowledge", "writing"): 3,
    _of("arithmetic"): 4,
    _of("language"): 5,
    _of("long"): 6,
}
HELD_SHAPES: dict[Shape, float] = {_shape_of(frozenset(), held=True): 2}
