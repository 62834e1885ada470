"""Shapes without a tool: refusals, missing files, and injected instructions."""

from __future__ import annotations

from functools import cache
from typing import Any

from train.planner.data import request_wording
from train.planner.data.phrase_files import Operation, choose, load
from train.planner.data.plan_drafts import ExampleMaker, PlanDraft, Unsuitable, with_object
from train.planner.data.plan_shapes import Shape, draw, operations_on, words_for_files
from train.planner.data.scope_values import PromptScope, type_named
from train.planner.data.training_example import TrainingExample

_MISSING = {
    "Image": ("picture", "picture"), "Audio": ("recording", "sound"), "Video": ("film", "film"),
    "Text": ("text", "text"), "Document": ("document", "document"),
}  # fmt: skip
"""The noun for a missing file, in the statement and in the request for it."""
_OTHER_KINDS = {
    "Image": ("Audio",), "Audio": ("Image", "Text"), "Video": ("Image", "Audio", "Text"),
    "Document": ("Image", "Audio"), "Text": ("Audio",),
}  # fmt: skip
"""Kinds of file that a request for the missing kind cannot refer to."""
_MEDIUM_WORDS = {
    "Video": ("video", "clip", "film", "scene", "footage", "subtitle"),
    "Document": ("page", "pdf", "document", "file"),
}  # fmt: skip
_NUMERALS = ("second", "third", "fourth", "last but one")


def missing_file(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about a file that was not uploaded."""
    kind = choose(maker.dice, tuple(_MISSING), (8, 4, 4, 1.5, 2))
    operation = draw(maker, operations_on(kind, alone=True))
    filler = maker.filler(operation.slots)
    phrase = maker.phrase(operation.alone)
    if operation.it and maker.dice.random() < 0.3:
        nouns = [words for words in words_for_files(kind, "it") if " " in words]
        phrase = with_object(maker.phrase(operation.it), maker.dice.choice(nouns))
    scope = PromptScope()
    other_kind = ""
    medium_words = _MEDIUM_WORDS.get(kind)
    names_medium = medium_words is None or any(word in phrase.casefold() for word in medium_words)
    if names_medium and maker.dice.random() < 0.3:
        other_kind = maker.dice.choice(_OTHER_KINDS[kind])
        scope.add_file(maker.dice, other_kind)
    request = filler.fill(request_wording.be_polite(maker.dice, phrase))
    addition = (
        f", only a {_MISSING[other_kind][0].replace('recording', 'sound')}" if other_kind else ""
    )
    noun, requested_noun = _MISSING[kind]
    draft = PlanDraft()
    draft.say(f"There is no {noun} here yet{addition}. Please add the {requested_noun}.")
    return maker.example(
        "missing_file", request_wording.finish(maker.dice, request), draft.text, scope
    )


def missing_other(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about a second file where there is only one."""
    kind = choose(maker.dice, ("Image", "Audio", "Video", "Document"), (6, 2, 2, 1))
    noun, _ = _MISSING[kind]
    operation = draw(maker, operations_on(kind, it=True))
    filler = maker.filler(operation.slots)
    numeral = maker.dice.choice(_NUMERALS[:3])
    words = with_object(maker.phrase(operation.it), f"the {numeral} {noun}")
    request = filler.fill(request_wording.ask(maker.dice, words))
    scope = PromptScope()
    scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft()
    draft.say(f"There is only one {noun} here. Please add the {numeral} {noun}.")
    return maker.example(
        "missing_file", request_wording.finish(maker.dice, request), draft.text, scope
    )


def refusal(maker: ExampleMaker) -> TrainingExample:
    """Draw a request that no tool can do or that is unanswerable."""
    entry = maker.dice.choice(_refusals())
    filler = maker.filler()
    request = filler.fill(request_wording.be_polite(maker.dice, maker.phrase(entry["say"])))
    scope = PromptScope()
    if needed_kind := entry.get("needs"):
        scope.add_file(maker.dice, needed_kind)
    elif maker.dice.random() < 0.4:
        scope.add_file(maker.dice, maker.dice.choice(("Image", "Image", "Audio", "Video", "Text")))
    draft = PlanDraft()
    draft.say(entry.get("answer") or _decline(entry))
    return maker.example("refusal", request_wording.finish(maker.dice, request), draft.text, scope)


def refusal_and_wish(maker: ExampleMaker) -> TrainingExample:
    """Draw a possible and an impossible operation in one request."""
    entry = maker.dice.choice([e for e in _refusals() if "cannot" in e and "needs" not in e])
    kind = choose(maker.dice, ("Image", "Audio", "Video"), (5, 1, 1))
    operation = draw(maker, [o for o in operations_on(kind, it=True) if not o.lines])
    filler = maker.filler(operation.slots)
    impossible = [words for words in entry["say"] if "?" not in words]
    if not impossible:
        raise Unsuitable("a question", hint="draw again")
    parts = [
        with_object(maker.phrase(operation.it), maker.dice.choice(words_for_files(kind, "it"))),
        maker.phrase(impossible, main=False),
    ]
    request = filler.fill(
        request_wording.join(maker.dice, parts, maker.dice.choice(("then", "also")))
    )
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    step = draft.apply(operation, name, filler.fill)
    draft.say(f"{filler.fill(step.sentence)} {_decline(entry)}")
    return maker.example(
        "partly_refused", request_wording.finish(maker.dice, request), draft.text, scope
    )


def _decline(entry: dict[str, Any]) -> str:
    """Return what no tool can do, and what the user can do instead."""
    hint = f" {entry['hint']}" if "hint" in entry else ""
    return f"I am sorry, I have no tool that {entry['cannot']}.{hint}"


@cache
def _refusals() -> list[dict[str, Any]]:
    return load("refusals.toml")["refusal"]


def injected_text(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about a text with injected instructions, which are data."""
    operation = draw(maker, operations_on("Text", alone=True))
    filler = maker.filler(operation.slots)
    request = filler.fill(request_wording.be_polite(maker.dice, maker.phrase(operation.alone)))
    scope = PromptScope()
    result = maker.dice.random() < 0.5
    if result:
        scope.add_file(maker.dice, maker.dice.choice(("Image", "Audio")))
        name = scope.add("words", type_named("Text"), injection(maker))
    else:
        name = scope.add("text1", type_named("Text"), injection(maker))
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    return maker.example(
        "injection", request_wording.finish(maker.dice, request), draft.text, scope
    )


def injected_beside(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about a file beside a result with injected instructions."""
    kind = choose(maker.dice, ("Image", "Audio", "Video"), (5, 2, 2))
    operation: Operation = draw(maker, operations_on(kind, it=True))
    filler = maker.filler(operation.slots)
    nouns = [words for words in words_for_files(kind, "it") if " " in words]
    words = with_object(maker.phrase(operation.it), maker.dice.choice(nouns))
    request = filler.fill(request_wording.ask(maker.dice, words))
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    result = maker.dice.choice(("words", "answer", "short", "text1"))
    scope.add(result, type_named("Text"), injection(maker))
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    return maker.example(
        "injection", request_wording.finish(maker.dice, request), draft.text, scope
    )


def injection(maker: ExampleMaker) -> str:
    """Return a text that contains an instruction to the planner."""
    bank = load("injected.toml")
    return maker.dice.choice(bank["around"]).replace("$", maker.dice.choice(bank["orders"]))


def nothing_to_do(maker: ExampleMaker) -> TrainingExample:
    """Draw a message that brings a file without a request."""
    scope = PromptScope()
    kind = choose(maker.dice, ("Image", "Audio", "Video", "Document"), (5, 2, 2, 1))
    scope.add_file(maker.dice, kind)
    noun, _ = _MISSING[kind]
    phrases = [words.format(noun=noun) for words in load("files.toml")["several"]["given"]]
    draft = PlanDraft()
    draft.say(f"Thank you for the {noun}. What shall I do with it?")
    request = request_wording.finish(maker.dice, maker.phrase(phrases))
    return maker.example("small_talk", request, draft.text, scope)


SHAPES: dict[Shape, float] = {
    missing_file: 5, missing_other: 1, refusal: 9, refusal_and_wish: 2, injected_text: 3,
    injected_beside: 2, nothing_to_do: 0.4,
}  # fmt: skip
