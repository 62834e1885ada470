"""Shapes about a part of an image: the faces, an object, a half, a rectangle."""

from __future__ import annotations

from functools import cache

from train.planner.data import request_wording
from train.planner.data.phrase_files import (
    Operation,
    SlotFiller,
    Target,
    choose,
    load,
    operations,
    targets,
)
from train.planner.data.plan_drafts import (
    ExampleMaker,
    PlanDraft,
    Step,
    Unsuitable,
    agree,
    region_sentence,
)
from train.planner.data.plan_shapes import Shape, draw, family, operations_on
from train.planner.data.scope_values import PromptScope
from train.planner.data.training_example import TrainingExample

EXACT = frozenset(
    {"recolour", "grayscale", "sepia", "invert", "saturate", "desaturate", "restyle_words",
     "highlight", "highlight_grey", "highlight_blur"}
)  # fmt: skip
"""Colour changes show the edges of a box, so they apply to an object's exact mask."""
_THINGS = ("thing", "things", "which_thing", "side_thing")


@cache
def on_regions() -> tuple[Operation, ...]:
    """Return the operations that can be limited to a region."""
    return tuple(operation for operation in operations() if operation.on and operation.region)


def region_expression(target: Target, filler: SlotFiller, picture: str) -> str:
    """Return the plan expression for a part of an image."""
    return filler.fill(target.call).replace("$", picture)


def apply_region(
    draft: PlanDraft, operation: Operation, target: Target, filler: SlotFiller, picture: str
) -> Step:
    """Add an operation on a region, with the most specific tool."""
    expression = region_expression(target, filler, picture)
    short = filler.fill(target.short)
    label = target.id in ("thing", "things")
    if operation.id in EXACT and target.id in _THINGS:
        expression = f"segment({picture}, {expression})"
    if operation.id == "crop" and target.plural:
        item = "face" if target.id == "faces" else "item"
        call = f"[crop({picture}, {item}) for {item} in {expression}]"
        name = draft.assign("parts", call)
        return Step(name, f"Here are {short}: {{{name}}}", "", operation)
    if operation.id == "remove" and label:
        name = draft.assign("cleared", filler.fill(f'remove_named({picture}, "<label>")'))
    elif operation.id == "recolour" and label:
        call = filler.fill(f'recolour_named({picture}, "<label>", "<colour>")')
        name = draft.assign(filler.fill(operation.name), call)
    else:
        name = draft.apply(operation, picture, filler.fill, expression).name
    sentence = filler.fill(region_sentence(operation, short, name))
    return Step(name, sentence, "", operation)


def suits(operation: Operation, target: Target) -> bool:
    """Return whether the operation is plausible on such a part."""
    if operation.id in ("remove", "outline_mask") and target.id in (
        "half",
        "faces",
        "one_face",
        "pixel_box",
    ):
        return False
    if operation.id in ("recognise", "read_text", "read_table", "ask_document"):
        return target.id in ("half", "side_thing", "which_thing", "pixel_box")
    return not (operation.id == "colours" and target.id in ("faces", "one_face"))


def target_words(maker: ExampleMaker, target: Target, phrase: str) -> str:
    """Return words for the target that fit into the phrase."""
    phrases = target.say
    if "only" in phrase or "just" in phrase:
        phrases = [words for words in phrases if not words.startswith(("only", "just"))]
    return maker.phrase(phrases, main=False)


def _ask(maker: ExampleMaker, words: str) -> str:
    """Phrase a wish about a target as a request."""
    first_word = words.split(" ", 1)[0].rstrip(":").casefold()
    if ":" in words or first_word in load("regions.toml")["wishes"]["first_words"]:
        return request_wording.be_polite(maker.dice, words)
    return request_wording.ask(maker.dice, words)


def part_of_picture(maker: ExampleMaker) -> TrainingExample:
    """Draw an operation on a part of an image."""
    operation = draw(maker, on_regions())
    target = choose(maker.dice, targets(), [target.weight for target in targets()])
    if not suits(operation, target):
        raise Unsuitable(f"{operation.id} on {target.id}", hint="draw again")
    filler = maker.filler({**operation.slots, **target.slots})
    phrase = agree(maker.phrase(operation.on), target)
    words = phrase.replace("<target>", target_words(maker, target, phrase))
    if not words.endswith("?"):
        words = _ask(maker, words)
    request = filler.fill(words)
    scope = PromptScope()
    picture = scope.add_file(maker.dice, "Image")
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(apply_region(draft, operation, target, filler, picture))
    wording = request_wording.give_reason(maker.dice, request, "Image")
    return maker.example("region", request_wording.finish(maker.dice, wording), draft.text, scope)


def region_then(maker: ExampleMaker) -> TrainingExample:
    """Draw an operation on a region, then one on the result."""
    operation = draw(maker, [o for o in on_regions() if o.gives == "Image"])
    target = choose(maker.dice, targets(), [target.weight for target in targets()])
    if not suits(operation, target) or (operation.id == "crop" and target.plural):
        raise Unsuitable(f"{operation.id} on {target.id}", hint="draw again")
    after = draw(maker, [o for o in operations_on("Image", it=True) if not o.lines])
    if family(after) == family(operation):
        raise Unsuitable("the same operation twice", hint="draw again")
    filler = maker.filler({**operation.slots, **target.slots, **after.slots})
    imperatives = [words for words in operation.on if not words.endswith("?")]
    others = load("regions.toml")["wishes"]["first_words"]
    imperatives = [
        words
        for words in imperatives
        if words.split()[0].isalpha() and words.split()[0] not in others and ":" not in words
    ]
    phrase = agree(maker.phrase(imperatives), target)
    words = phrase.replace("<target>", target_words(maker, target, phrase))
    parts = [words, maker.phrase(after.it, main=False)]
    request = filler.fill(request_wording.join(maker.dice, parts, "then"))
    scope = PromptScope()
    picture = scope.add_file(maker.dice, "Image")
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    first = apply_region(draft, operation, target, filler, picture)
    second = draft.apply(after, first.name, filler.fill)
    draft.finish(second)
    return maker.example("chain", request_wording.finish(maker.dice, request), draft.text, scope)


SHAPES: dict[Shape, float] = {part_of_picture: 8}
HELD_SHAPES: dict[Shape, float] = {region_then: 1}
