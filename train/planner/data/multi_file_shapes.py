"""Shapes over several files: all of them, one by position, one operation each."""

from __future__ import annotations

from train.planner.data import request_wording
from train.planner.data.phrase_files import choose, load
from train.planner.data.plan_drafts import ExampleMaker, PlanDraft, Unsuitable, with_object
from train.planner.data.plan_shapes import (
    Shape,
    draw,
    draw_different,
    end_sentence,
    medium,
    nouns,
    operations_on,
    slots_of,
    words_for_files,
)
from train.planner.data.scope_values import PromptScope
from train.planner.data.training_example import TrainingExample

_RESULTS = {"Image": "pictures", "Audio": "sounds", "Video": "films", "Text": "texts"}
"""The name of a list of results, by the type of one."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def words_for(form: str) -> list[str]:
    """Return the words for one or all of several files."""
    return load("files.toml")["several"][form]


def every_file(maker: ExampleMaker) -> TrainingExample:
    """Draw one operation on every file."""
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    folder = kind == "Image" and maker.dice.random() < 0.3
    number = choose(maker.dice, (2, 3, 4, 5), (5, 4, 2, 1))
    candidates = [
        o for o in operations_on(kind, it=True) if not o.lines and o.gives in (kind, "Text")
    ]
    if folder:
        candidates = [o for o in candidates if o.gives == kind or o.id == "read_text"]
    operation = draw(maker, candidates)
    filler = maker.filler(operation.slots)
    objects = words_for_files(kind, "both" if number == 2 else "all")
    if folder:
        objects = words_for("folder")
    words = with_object(maker.phrase(operation.it), maker.dice.choice(objects), plural=True)
    request = filler.fill(request_wording.ask(maker.dice, words))
    scope = PromptScope()
    if folder:
        source = scope.add_file(maker.dice, "list[Image]")
    else:
        source = f"[{', '.join(scope.add_file(maker.dice, kind) for _ in range(number))}]"
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    item = load("files.toml")[kind]["item"]
    call = filler.fill(operation.call).replace("$", item)
    name = draft.assign(
        _RESULTS.get(operation.gives, "results"), f"[{call} for {item} in {source}]"
    )
    version = filler.fill(operation.version)
    draft.say(f"Here they are {version}: {{{name}}}" if version else f"{{{name}}}")
    kind_of_example = "folder" if folder else "comprehension"
    return maker.example(
        kind_of_example, request_wording.finish(maker.dice, request), draft.text, scope
    )


def which_file(maker: ExampleMaker) -> TrainingExample:
    """Draw an operation on one of several files, by its position."""
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    number = choose(maker.dice, (2, 3, 4, 5), (3, 4, 2, 1))
    index = maker.dice.randrange(number)
    operation = draw(maker, operations_on(kind, it=True))
    filler = maker.filler(operation.slots)
    is_last = index == number - 1 and number > 2 and maker.dice.random() < 0.4
    objects = words_for("last" if is_last else "which")
    phrase = maker.phrase(operation.it)
    if "only" in phrase or "just" in phrase:
        objects = [words for words in objects if words[:4] not in ("only", "just")]
    object_words = maker.dice.choice(objects).format(
        noun=maker.dice.choice(nouns(kind)), n=index + 1, nth=_ORDINALS[index]
    )
    request = filler.fill(request_wording.ask(maker.dice, with_object(phrase, object_words)))
    scope = PromptScope()
    names = [scope.add_file(maker.dice, kind) for _ in range(number)]
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, names[index], filler.fill))
    return maker.example("index", request_wording.finish(maker.dice, request), draft.text, scope)


def one_operation_each(maker: ExampleMaker) -> TrainingExample:
    """Draw a different operation on each of two files."""
    kind = medium(maker, "Image", "Audio", "Video")
    first, second = draw_different(maker, operations_on(kind, it=True), 2)
    filler = maker.filler(slots_of([first, second]))
    pair = maker.dice.choice(load("files.toml")["several"]["pairs"])
    object_words = [words.format(noun=nouns(kind)[0]) for words in pair]
    parts = [
        with_object(maker.phrase(first.it), object_words[0]),
        with_object(maker.phrase(second.it, main=False), object_words[1]),
    ]
    request = filler.fill(request_wording.join(maker.dice, parts, "also"))
    scope = PromptScope()
    names = [scope.add_file(maker.dice, kind) for _ in range(2)]
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps = [
        draft.apply(operation, name, filler.fill)
        for operation, name in zip((first, second), names, strict=True)
    ]
    draft.say(" ".join(end_sentence(filler.fill(step.sentence)) for step in steps))
    return maker.example(
        "several_wishes", request_wording.finish(maker.dice, request), draft.text, scope
    )


def combine_files(maker: ExampleMaker) -> TrainingExample:
    """Draw a request to combine files, sometimes with a second operation."""
    entry = maker.dice.choice(load("combining.toml")["combiner"])
    after = draw(maker, [o for o in operations_on(entry["gives"], it=True) if not o.lines])
    with_step = maker.dice.random() < 0.6
    if with_step and after.name == entry["name"]:
        raise Unsuitable("the same name", hint="draw again")
    filler = maker.filler(after.slots)
    words = maker.phrase(entry["say"])
    if with_step:
        words = request_wording.join(
            maker.dice, [words, maker.phrase(after.it, main=False)], "then"
        )
    else:
        words = request_wording.ask(maker.dice, words)
    request = filler.fill(words)
    scope = PromptScope()
    names = [scope.add_file(maker.dice, entry["takes"]) for _ in range(entry.get("number", 2))]
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    call = entry["call"].replace("$1", names[0]).replace("$2", names[1])
    name = draft.assign(entry["name"], filler.fill(call.replace("$", ", ".join(names))))
    sentence_start = f"Here they are {entry['version']}"
    if with_step:
        step = draft.apply(after, name, filler.fill)
        sentence = filler.fill(step.sentence)
        if after.version and after.gives == after.takes:
            sentence = filler.fill(f"{sentence_start}, {after.version}: {{{step.name}}}")
        draft.say(sentence)
    else:
        draft.say(f"{sentence_start}: {{{name}}}")
    wording = request_wording.give_reason(maker.dice, request, entry["takes"])
    return maker.example("combine", request_wording.finish(maker.dice, wording), draft.text, scope)


def question_about_two(maker: ExampleMaker) -> TrainingExample:
    """Draw a question about two files."""
    entry = maker.dice.choice(load("combining.toml")["pair"])
    request = request_wording.be_polite(maker.dice, maker.phrase(entry["say"]))
    request = request_wording.give_reason(maker.dice, request, entry["takes"])
    scope = PromptScope()
    names = [
        scope.add_file(maker.dice, kind)
        for kind in (entry["takes"], entry.get("extra", entry["takes"]))
    ]
    plan = entry["plan"].replace("$1", names[0]).replace("$2", names[1])
    return maker.example("combine", request_wording.finish(maker.dice, request), plan, scope)


SHAPES: dict[Shape, float] = {
    combine_files: 3.5,
    question_about_two: 1.5,
    every_file: 3,
    which_file: 3,
    one_operation_each: 1.5,
}
