"""Shapes of plans over files: single calls, chains, regions, lists, several wishes.

Each shape draws operations, writes the plan that does them, and says it as a person would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from train.planner import wording
from train.planner.drafting import (
    Maker,
    PlanDraft,
    Step,
    Unsuitable,
    agree,
    region_sentence,
    with_object,
)
from train.planner.example import Example
from train.planner.phrases import Filler, Operation, Target, choose, operations, targets
from train.planner.values import Scope

Shape = Callable[[Maker], Example]

OBJECTS = {
    "Image": ("the picture", "this photo", "the image", "my photo", "this picture", "the photo", "this", "this pic", "image1", "the attached image"),
    "Audio": ("the recording", "this audio", "the sound", "this clip", "the sound file", "this", "my recording", "audio1"),
    "Video": ("the video", "the film", "this clip", "my video", "the clip", "this", "this film", "video1"),
    "Text": ("the text", "this", "the letter", "text1", "this text"),
    "Document": ("the document", "the PDF", "this file", "document1", "this pdf"),
}  # fmt: skip
_ALL = {
    "Image": ("them", "all of them", "these pictures", "all pictures", "the photos", "all these photos", "every picture", "all images", "each of these", "all of these"),
    "Audio": ("them", "all of them", "these recordings", "all sounds", "each of these", "every recording"),
    "Video": ("them", "all of them", "these clips", "all films", "all the videos", "each clip"),
    "Text": ("them", "all of them", "these texts", "each of these"),
    "Document": ("them", "all of them", "these documents", "each PDF"),
}  # fmt: skip
_BOTH = {
    "Image": ("both", "both pictures", "both photos", "the two pictures", "these two", "them both"),
    "Audio": ("both", "both recordings", "the two sounds"),
    "Video": ("both", "both clips", "both films", "the two videos"),
    "Text": ("both", "both texts"),
    "Document": ("both", "both documents"),
}
_ITEM = {
    "Image": "picture", "Audio": "recording", "Video": "clip", "Text": "each_text",
    "Document": "file",
}  # fmt: skip
_NOUN = {
    "Image": ("picture", "photo", "image", "pic"), "Audio": ("recording", "sound", "audio"),
    "Video": ("video", "clip", "film"), "Text": ("text",), "Document": ("document", "PDF"),
}  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_MEDIA_WEIGHTS = {"Image": 10, "Audio": 3.5, "Video": 3.5, "Text": 1, "Document": 1.2}


def nouns(kind: str) -> tuple[str, ...]:
    """Return what people call a file of this kind."""
    return _NOUN[kind]


@cache
def taking(
    kind: str, gives: str = "", *, alone: bool = False, it: bool = False, scene: bool = False
) -> tuple[Operation, ...]:
    """Return the operations on a kind of value that have phrases of the wanted form."""
    return tuple(
        operation
        for operation in operations()
        if operation.takes == kind
        and (not gives or operation.gives == gives)
        and (operation.call or operation.lines)
        and (not alone or operation.alone)
        and (not it or operation.it)
        and operation.scene == scene
    )


@cache
def on_regions() -> tuple[Operation, ...]:
    """Return the operations that can be limited to a region."""
    return tuple(operation for operation in operations() if operation.on and operation.region)


def draw(maker: Maker, found: Sequence[Operation]) -> Operation:
    """Return one of the operations by its weight."""
    return choose(maker.dice, found, [operation.weight for operation in found])


def medium(maker: Maker, *kinds: str) -> str:
    """Return a kind of file, the usual ones more often."""
    names = kinds or tuple(_MEDIA_WEIGHTS)
    return choose(maker.dice, names, [_MEDIA_WEIGHTS[name] for name in names])


def add_bystander(maker: Maker, scope: Scope, kind: str) -> None:
    """Sometimes add a file of another kind, which the request does not mean."""
    if maker.dice.random() < 0.06:
        others = [name for name in ("Image", "Audio", "Video", "Text") if name != kind]
        scope.add_file(maker.dice, maker.dice.choice(others))


def single(maker: Maker) -> Example:
    """One operation on one file, in a whole request."""
    kind = medium(maker)
    scene = kind == "Image" and maker.dice.random() < 0.06
    operation = draw(maker, taking(kind, alone=True, scene=scene))
    filler = maker.filler(operation.slots)
    if operation.it and maker.dice.random() < 0.3:
        words = maker.phrase(operation.it)
        request = wording.ask(maker.dice, with_object(words, maker.dice.choice(OBJECTS[kind])))
    else:
        request = wording.be_polite(maker.dice, maker.phrase(operation.alone))
    request = filler.fill(request)
    scope = Scope()
    name = scope.add_file(maker.dice, kind, scene=scene)
    add_bystander(maker, scope, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    asked = wording.give_reason(maker.dice, request, kind)
    kind_of_example = "call" if operation.gives == operation.takes else "question"
    return maker.example(kind_of_example, wording.finish(maker.dice, asked), draft.text, scope)


def region_expression(target: Target, filler: Filler, picture: str) -> str:
    """Return the plan expression for a part of a picture."""
    return filler.fill(target.call).replace("$", picture)


def apply_region(
    draft: PlanDraft, operation: Operation, target: Target, filler: Filler, picture: str
) -> Step:
    """Add the operation on a part of a picture, by the shortest tool for it."""
    expression = region_expression(target, filler, picture)
    short = filler.fill(target.short)
    label = target.id in ("thing", "things")
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
    """Return whether people ask for the operation on such a part."""
    if operation.id in ("remove", "outline_mask") and target.id in ("half", "faces", "pixel_box"):
        return False
    if operation.id in ("recognise", "read_text", "read_table", "ask_document"):
        return target.id in ("half", "side_thing", "which_thing", "pixel_box")
    return not (operation.id == "colours" and target.id in ("faces",))


def target_words(maker: Maker, target: Target, phrase: str) -> str:
    """Return how a person names the target within a phrase."""
    said = target.say
    if "only" in phrase or "just" in phrase:
        said = [words for words in said if not words.startswith(("only", "just"))]
    return maker.phrase(said, main=False)


def part_of_picture(maker: Maker) -> Example:
    """An operation on a part of a picture."""
    operation = draw(maker, on_regions())
    target = choose(maker.dice, targets(), [target.weight for target in targets()])
    if not suits(operation, target):
        raise Unsuitable(f"{operation.id} on {target.id}", hint="draw again")
    filler = maker.filler({**operation.slots, **target.slots})
    phrase = agree(maker.phrase(operation.on), target)
    words = phrase.replace("<target>", target_words(maker, target, phrase))
    words = words if words.endswith("?") else wording.ask(maker.dice, words)
    request = filler.fill(words)
    scope = Scope()
    picture = scope.add_file(maker.dice, "Image")
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(apply_region(draft, operation, target, filler, picture))
    asked = wording.give_reason(maker.dice, request, "Image")
    return maker.example("region", wording.finish(maker.dice, asked), draft.text, scope)


def chain(maker: Maker) -> Example:
    """Two or three operations, each on the result of the one before."""
    kind = medium(maker, "Image", "Audio", "Video")
    length = choose(maker.dice, (2, 3), (4, 1))
    found = draw_different(maker, taking(kind, kind, it=True), length)
    if maker.dice.random() < 0.15:
        others = [o for o in taking(kind, it=True) if o.gives != kind and o.id != "tally"]
        found[-1] = draw(maker, others)
    filler = maker.filler(_slots_of(found))
    parts = [maker.phrase(found[0].it), *(maker.phrase(o.it, main=False) for o in found[1:])]
    if maker.dice.random() < 0.75:
        parts[0] = with_object(parts[0], maker.dice.choice(OBJECTS[kind]))
    request = filler.fill(wording.join(maker.dice, parts, "then"))
    scope = Scope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps: list[Step] = []
    for operation in found:
        steps.append(draft.apply(operation, steps[-1].name if steps else name, filler.fill))
    draft.say(filler.fill(_chain_sentence(steps)))
    asked = wording.give_reason(maker.dice, request, kind)
    return maker.example("chain", wording.finish(maker.dice, asked), draft.text, scope)


def _chain_sentence(steps: Sequence[Step]) -> str:
    last = steps[-1]
    versions = [step.operation.version for step in steps]
    if all(versions) and last.operation.gives == last.operation.takes:
        listed = ", ".join(versions[:-1]) + f" and {versions[-1]}"
        return f"Here it is, {listed}: {{{last.name}}}"
    return last.sentence


def draw_different(maker: Maker, found: Sequence[Operation], number: int) -> list[Operation]:
    """Return several operations that do not undo or repeat each other."""
    chosen: list[Operation] = []
    families: set[str] = set()
    for _ in range(20):
        operation = draw(maker, found)
        family = _family(operation)
        if family not in families:
            families.add(family)
            chosen.append(operation)
        if len(chosen) == number:
            return chosen
    raise Unsuitable("no different operations", hint="draw again")


_FAMILIES = (
    {"brighten", "darken", "brighten_by"}, {"blur", "blur_strong", "blur_slight", "sharpen"},
    {"grayscale", "sepia", "saturate", "desaturate", "recolour"}, {"contrast", "contrast_less"},
    {"background_colour", "background_white", "background_blur", "cut_out_background"},
    {"cut_sound", "cut_sound_first"}, {"volume_up", "volume_down", "volume_by", "normalize"},
    {"speed_up", "speed_faster", "speed_slower", "speed_down"},
    {"speed_video", "speed_video_faster", "slow_video"}, {"pitch_up", "pitch_down", "voice_deeper", "voice_higher"},
    {"subtitle", "subtitle_language", "subtitle_file", "subtitle_file_language"},
    {"mute", "subtitle"}, {"separate_voice", "separate_background"},
)  # fmt: skip


def _family(operation: Operation) -> str:
    for family in _FAMILIES:
        if operation.id in family:
            return min(family)
    return operation.id.split("_")[0]


def _slots_of(found: Sequence[Operation]) -> dict[str, Sequence[str | dict[str, str]]]:
    return {name: rows for operation in found for name, rows in operation.slots.items()}  # type: ignore[misc]


def versions(maker: Maker) -> Example:
    """Several results of one file, each its own operation."""
    number = choose(maker.dice, (2, 3), (4, 1))
    found = [o for o in taking("Image", "Image") if o.version and not o.answer]
    chosen = draw_different(maker, found, number)
    filler = maker.filler(_slots_of(chosen))
    words = wording.join(maker.dice, [operation.version for operation in chosen], "versions")
    scope = Scope()
    picture = scope.add_file(maker.dice, "Image")
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps = [draft.apply(operation, picture, filler.fill) for operation in chosen]
    told = " ".join(
        f"{'Here it is' if not index else 'And'} {step.operation.version}: {{{step.name}}}"
        for index, step in enumerate(steps)
    )
    draft.say(filler.fill(told))
    asked = wording.give_reason(maker.dice, filler.fill(words), "Image")
    return maker.example("several_outputs", wording.finish(maker.dice, asked), draft.text, scope)


def wishes(maker: Maker) -> Example:
    """Several things asked at once that do not need each other."""
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    number = choose(maker.dice, (2, 3), (4, 1))
    asking = [o for o in taking(kind, it=True) if o.gives != kind]
    changing = [o for o in taking(kind, it=True) if o.gives == kind] or asking
    chosen = draw_different(maker, asking, number - 1)
    last = draw(maker, changing if maker.dice.random() < 0.6 else asking)
    if _family(last) in map(_family, chosen):
        raise Unsuitable("the same wish twice", hint="draw again")
    chosen.insert(maker.dice.randrange(number), last)
    filler = maker.filler(_slots_of(chosen))
    parts = [_wish(maker, operation, main=not index) for index, operation in enumerate(chosen)]
    if maker.dice.random() < 0.6:
        parts[0] = with_object(parts[0], maker.dice.choice(OBJECTS[kind]))
    request = filler.fill(wording.join(maker.dice, parts, "also"))
    scope = Scope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps = [draft.apply(operation, name, filler.fill) for operation in chosen]
    draft.say(" ".join(_ended(filler.fill(step.sentence)) for step in steps))
    return maker.example("several_wishes", wording.finish(maker.dice, request), draft.text, scope)


def _wish(maker: Maker, operation: Operation, *, main: bool) -> str:
    questions = [phrase for phrase in operation.alone if len(phrase) < 45 and "," not in phrase]
    if questions and maker.dice.random() < 0.4:
        return maker.phrase(questions, main=main)
    return maker.phrase(operation.it, main=main)


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?}" else f"{sentence}."


def every_file(maker: Maker) -> Example:
    """One operation on every file."""
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    folder = kind == "Image" and maker.dice.random() < 0.3
    number = choose(maker.dice, (2, 3, 4, 5), (5, 4, 2, 1))
    found = [o for o in taking(kind, it=True) if not o.lines and o.gives in (kind, "Text")]
    if folder:
        found = [o for o in found if o.gives == kind or o.id in ("read_text",)]
    operation = draw(maker, found)
    filler = maker.filler(operation.slots)
    objects = _BOTH[kind] if number == 2 and not folder else _ALL[kind]
    if folder:
        objects = (
            "all pictures in the folder",
            "everything in this folder",
            "the whole folder",
            "all of them",
            "each picture in it",
            "all photos in the folder",
        )
    words = with_object(maker.phrase(operation.it), maker.dice.choice(objects), plural=True)
    request = filler.fill(wording.ask(maker.dice, words))
    scope = Scope()
    if folder:
        source = scope.add_file(maker.dice, "list[Image]")
    else:
        source = f"[{', '.join(scope.add_file(maker.dice, kind) for _ in range(number))}]"
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    call = filler.fill(operation.call).replace("$", _ITEM[kind])
    name = draft.assign(
        _plural(filler.fill(operation.name)), f"[{call} for {_ITEM[kind]} in {source}]"
    )
    version = filler.fill(operation.version)
    draft.say(f"Here they are {version}: {{{name}}}" if version else f"{{{name}}}")
    kind_of_example = "folder" if folder else "comprehension"
    return maker.example(kind_of_example, wording.finish(maker.dice, request), draft.text, scope)


def _plural(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


def which_file(maker: Maker) -> Example:
    """One operation on one of several files, by its place."""
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    number = choose(maker.dice, (2, 3, 4, 5), (3, 4, 2, 1))
    index = maker.dice.randrange(number)
    operation = draw(maker, taking(kind, it=True))
    filler = maker.filler(operation.slots)
    noun = maker.dice.choice(_NOUN[kind])
    ordinal = "last" if index == number - 1 and maker.dice.random() < 0.4 else _ORDINALS[index]
    objects = (
        f"the {ordinal} {noun}",
        f"the {ordinal} one",
        f"only the {ordinal} {noun}",
        f"just the {ordinal} one",
        f"{_NOUN[kind][0]} {index + 1}",
        f"{noun} number {index + 1}",
    )
    if number > 2 and ordinal == "last":
        objects = (f"the last {noun}", "the last one")
    phrase = maker.phrase(operation.it)
    if "only" in phrase or "just" in phrase:
        objects = tuple(words for words in objects if words[:4] not in ("only", "just"))
    words = with_object(phrase, maker.dice.choice(objects))
    request = filler.fill(wording.ask(maker.dice, words))
    scope = Scope()
    names = [scope.add_file(maker.dice, kind) for _ in range(number)]
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, names[index], filler.fill))
    return maker.example("index", wording.finish(maker.dice, request), draft.text, scope)


def each_its_own(maker: Maker) -> Example:
    """A different operation on each of two files."""
    kind = medium(maker, "Image", "Audio", "Video")
    first, second = draw_different(maker, taking(kind, it=True), 2)
    filler = maker.filler(_slots_of([first, second]))
    nouns = maker.dice.choice(
        (
            ("the first one", "the second one"),
            ("the first", "the second"),
            (f"the first {_NOUN[kind][0]}", "the other one"),
            (f"{_NOUN[kind][0]} 1", f"{_NOUN[kind][0]} 2"),
        )
    )
    parts = [
        with_object(maker.phrase(first.it), nouns[0]),
        with_object(maker.phrase(second.it, main=False), nouns[1]),
    ]
    request = filler.fill(wording.join(maker.dice, parts, "also"))
    scope = Scope()
    names = [scope.add_file(maker.dice, kind) for _ in range(2)]
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps = [
        draft.apply(operation, name, filler.fill)
        for operation, name in zip((first, second), names, strict=True)
    ]
    draft.say(" ".join(_ended(filler.fill(step.sentence)) for step in steps))
    return maker.example("several_wishes", wording.finish(maker.dice, request), draft.text, scope)


def region_then(maker: Maker) -> Example:
    """A part of a picture is changed, then the whole of the result."""
    operation = draw(maker, [o for o in on_regions() if o.gives == "Image"])
    target = choose(maker.dice, targets(), [target.weight for target in targets()])
    if not suits(operation, target) or (operation.id == "crop" and target.plural):
        raise Unsuitable(f"{operation.id} on {target.id}", hint="draw again")
    after = draw(maker, [o for o in taking("Image", it=True) if not o.lines])
    if _family(after) == _family(operation):
        raise Unsuitable("the same operation twice", hint="draw again")
    filler = maker.filler({**operation.slots, **target.slots, **after.slots})
    phrase = agree(
        maker.phrase(
            [
                p
                for p in operation.on
                if p.split()[0].isalpha() and not p.endswith("?") and not p.startswith("<")
            ]
        ),
        target,
    )
    words = phrase.replace("<target>", target_words(maker, target, phrase))
    parts = [words, maker.phrase(after.it, main=False)]
    request = filler.fill(wording.join(maker.dice, parts, "then"))
    scope = Scope()
    picture = scope.add_file(maker.dice, "Image")
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    first = apply_region(draft, operation, target, filler, picture)
    second = draft.apply(after, first.name, filler.fill)
    draft.finish(second)
    return maker.example("chain", wording.finish(maker.dice, request), draft.text, scope)
