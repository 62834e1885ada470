"""Shapes of plans over one file: single calls, chains, versions, several requests.

Each shape draws operations, writes their plan, and words the request as a person would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from train.planner.data import request_wording
from train.planner.data.phrase_files import (
    Operation,
    OwnSlots,
    SlotFiller,
    choose,
    load,
    operations,
)
from train.planner.data.plan_drafts import (
    ExampleMaker,
    PlanDraft,
    Step,
    Unsuitable,
    capital,
    with_object,
)
from train.planner.data.scope_values import PromptScope
from train.planner.data.training_example import TrainingExample

Shape = Callable[[ExampleMaker], TrainingExample]

_MEDIA_WEIGHTS = {"Image": 10, "Audio": 4.5, "Video": 4.5, "Text": 1, "Document": 1.5}
EXACT = frozenset(
    {"recolour", "grayscale", "sepia", "invert", "saturate", "desaturate", "restyle_words",
     "highlight", "highlight_grey", "highlight_blur"}
)  # fmt: skip
"""Colour changes show the edges of a box, so they apply to an object's exact mask."""
_THINGS = ("thing", "things", "which_thing", "side_thing")


def words_for_files(kind: str, form: str) -> list[str]:
    """Return the words for files of a kind: "it", "all", "both", "nouns"."""
    return load("files.toml")[kind][form]


def nouns(kind: str) -> list[str]:
    """Return the nouns for a file of this kind."""
    return words_for_files(kind, "nouns")


@cache
def operations_on(
    kind: str, gives: str = "", *, alone: bool = False, it: bool = False, scene: bool = False
) -> tuple[Operation, ...]:
    """Return the operations on a kind that have the required phrases."""
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


def draw(maker: ExampleMaker, candidates: Sequence[Operation]) -> Operation:
    """Return one of the operations by its weight."""
    return choose(maker.dice, candidates, [operation.weight for operation in candidates])


def medium(maker: ExampleMaker, *kinds: str) -> str:
    """Draw a kind of file, common ones more often."""
    names = kinds or tuple(_MEDIA_WEIGHTS)
    return choose(maker.dice, names, [_MEDIA_WEIGHTS[name] for name in names])


def add_bystander(maker: ExampleMaker, scope: PromptScope, kind: str) -> None:
    """Sometimes add a file of another kind, unrelated to the request."""
    if maker.dice.random() < 0.06:
        others = [name for name in ("Image", "Audio", "Video", "Text") if name != kind]
        scope.add_file(maker.dice, maker.dice.choice(others))


def single(maker: ExampleMaker) -> TrainingExample:
    """Draw one operation on one file."""
    kind = medium(maker)
    scene = kind == "Image" and maker.dice.random() < 0.06
    operation = draw(maker, operations_on(kind, alone=True, scene=scene))
    filler = maker.filler(operation.slots)
    if operation.it and maker.dice.random() < 0.3:
        words = maker.phrase(operation.it)
        request = request_wording.ask(
            maker.dice, with_object(words, maker.dice.choice(words_for_files(kind, "it")))
        )
    else:
        request = request_wording.be_polite(maker.dice, maker.phrase(operation.alone))
    request = filler.fill(request)
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind, scene=scene)
    add_bystander(maker, scope, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    wording = request_wording.give_reason(maker.dice, request, kind)
    kind_of_example = "call" if operation.gives == operation.takes else "question"
    return maker.example(
        kind_of_example, request_wording.finish(maker.dice, wording), draft.text, scope
    )


def chain(maker: ExampleMaker) -> TrainingExample:
    """Draw two or three operations, each on the previous result."""
    kind = medium(maker, "Image", "Audio", "Video")
    length = choose(maker.dice, (2, 3), (4, 1))
    chosen = draw_different(maker, operations_on(kind, kind, it=True), length)
    with_gerund = length == 2 and maker.dice.random() < _GERUND_SHARE
    if not with_gerund and maker.dice.random() < 0.15:
        others = [o for o in operations_on(kind, it=True) if o.gives != kind and o.id != "tally"]
        chosen[-1] = draw(maker, others)
    filler = maker.filler(slots_of(chosen))
    parts = [maker.phrase(chosen[0].it), *(maker.phrase(o.it, main=False) for o in chosen[1:])]
    if with_gerund:
        words = _with_gerund(maker, parts, maker.dice.choice(words_for_files(kind, "it")))
    else:
        if maker.dice.random() < 0.75:
            parts[0] = with_object(parts[0], maker.dice.choice(words_for_files(kind, "it")))
        words = request_wording.join(maker.dice, parts, "then")
    return _chain_example(maker, kind, chosen, filler, filler.fill(words).replace("?.", "?"))


def _chain_example(
    maker: ExampleMaker, kind: str, chosen: Sequence[Operation], filler: SlotFiller, request: str
) -> TrainingExample:
    """Return an example of operations, each on the previous result."""
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps: list[Step] = []
    for operation in chosen:
        steps.append(draft.apply(operation, steps[-1].name if steps else name, filler.fill))
    draft.say(filler.fill(_chain_sentence(steps)))
    wording = request_wording.give_reason(maker.dice, request, kind)
    return maker.example("chain", request_wording.finish(maker.dice, wording), draft.text, scope)


_GERUND_SHARE = 0.2
_DOUBLED = frozenset(
    {"blur", "crop", "cut", "dim", "fit", "flip", "get", "grab", "let", "put", "split", "sum",
     "swap", "trim"}
)  # fmt: skip
"""Verbs that double their last letter in the gerund."""


def gerund(phrase: str) -> str:
    """Return an imperative as a gerund: "cut it" becomes "cutting it"."""
    verb, _, rest = phrase.partition(" ")
    if verb in _DOUBLED:
        stem = verb + verb[-1]
    else:
        stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    return f"{stem}ing {rest}".strip()


def _with_gerund(maker: ExampleMaker, parts: Sequence[str], words: str) -> str:
    """Join two imperatives, one of them as a gerund; the first names the object."""
    joiner = maker.dice.choice(load("wrappers.toml")["gerunds"])
    ordered = sorted((1, 2), key=lambda number: re.search(rf"[$+]{number}", joiner).start())  # type: ignore[union-attr]
    phrases = {number: parts[number - 1] for number in ordered}
    phrases[ordered[0]] = with_object(phrases[ordered[0]], words)
    for number, phrase in phrases.items():
        joiner = joiner.replace(f"+{number}", gerund(phrase)).replace(f"${number}", phrase)
    return joiner


def verb_chain(maker: ExampleMaker) -> TrainingExample:
    """Draw operations as verbs with one object: "grey and mirror it"."""
    kind = medium(maker, "Image", "Audio", "Video")
    bank = load("wrappers.toml")["verbs"]
    candidates = [o for o in operations_on(kind, kind, it=True) if o.id in bank]
    chosen = draw_different(maker, candidates, choose(maker.dice, (2, 3, 4), (6, 3, 1)))
    words = maker.phrase(load("wrappers.toml")[f"verbs_{len(chosen)}"])
    for number, operation in enumerate(chosen, 1):
        words = words.replace(f"${number}", maker.dice.choice(bank[operation.id]))
    object_words = "it" if maker.dice.random() < 0.3 else ""
    object_words = object_words or maker.dice.choice(words_for_files(kind, "it"))
    if words.startswith("@") or "take @" in words:
        object_words = maker.dice.choice(words_for_files(kind, "it"))
    return _chain_example(maker, kind, chosen, maker.filler(), words.replace("@", object_words))


def adjective_versions(maker: ExampleMaker) -> TrainingExample:
    """Draw several results by adjectives: "a grey and a mirrored version"."""
    kind = medium(maker, "Image", "Audio", "Video")
    bank = load("wrappers.toml")["adjectives"]
    candidates = [o for o in operations_on(kind, kind) if o.id in bank]
    chosen = _different_changes(maker, candidates, choose(maker.dice, (2, 3), (4, 1)))
    words = maker.phrase(load("wrappers.toml")[f"adjectives_{len(chosen)}"])
    for number, operation in enumerate(chosen, 1):
        words = words.replace(f"${number}", maker.dice.choice(bank[operation.id]))
    words = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", words)
    words = words.replace("@", maker.dice.choice(words_for_files(kind, "it")))
    return _versions_example(maker, kind, chosen, maker.filler(), words)


def _different_changes(
    maker: ExampleMaker, candidates: Sequence[Operation], number: int
) -> list[Operation]:
    """Return different operations; opposites such as louder and quieter may be among them."""
    names = {operation.name: operation for operation in candidates}
    if len(names) < number:
        raise Unsuitable("too few operations", hint="draw again")
    return [names[name] for name in maker.dice.sample(sorted(names), number)]


def _chain_sentence(steps: Sequence[Step]) -> str:
    last = steps[-1]
    versions = [step.operation.version for step in steps]
    if all(versions) and last.operation.gives == last.operation.takes:
        listed = ", ".join(versions[:-1]) + f" and {versions[-1]}"
        return f"Here it is, {listed}: {{{last.name}}}"
    return last.sentence


def draw_different(
    maker: ExampleMaker, candidates: Sequence[Operation], number: int
) -> list[Operation]:
    """Return several operations that do not undo or repeat each other."""
    chosen: list[Operation] = []
    families: set[str] = set()
    for _ in range(20):
        operation = draw(maker, candidates)
        kind_of_change = family(operation)
        if kind_of_change not in families:
            families.add(kind_of_change)
            chosen.append(operation)
        if len(chosen) == number:
            # A file format comes last: later operations would change it again.
            return sorted(chosen, key=lambda operation: operation.id.startswith("to_"))
    raise Unsuitable("no different operations", hint="draw again")


_FAMILIES = (
    {"brighten", "darken", "brighten_by"}, {"blur", "blur_strong", "blur_slight", "sharpen"},
    {"grayscale", "sepia", "saturate", "desaturate", "recolour"}, {"contrast", "contrast_less"},
    {"background_colour", "background_white", "background_blur", "cut_out_background"},
    {"cut_sound", "cut_sound_first"}, {"volume_up", "volume_down", "volume_by", "normalize"},
    {"speed_up", "speed_faster", "speed_slower", "speed_down"},
    {"speed_video", "speed_video_faster", "slow_video"},
    {"pitch_up", "pitch_down", "voice_deeper", "voice_higher"},
    {"subtitle", "subtitle_language", "subtitle_file", "subtitle_file_language"},
    {"mute", "subtitle"}, {"separate_voice", "separate_background"},
)  # fmt: skip


def family(operation: Operation) -> str:
    """Return the family of operations that undo or repeat each other."""
    for family in _FAMILIES:
        if operation.id in family:
            return min(family)
    return operation.id.split("_")[0]


def slots_of(chosen: Sequence[Operation]) -> OwnSlots:
    """Return the operations' own slots, beside the common banks."""
    slots = {name: rows for operation in chosen for name, rows in operation.slots.items()}
    if len(slots) < sum(len(operation.slots) for operation in chosen):
        raise Unsuitable("two operations have a slot of the same name", hint="draw again")
    return slots


def versions(maker: ExampleMaker) -> TrainingExample:
    """Draw several results from one file, one operation each."""
    number = choose(maker.dice, (2, 3), (4, 1))
    candidates = [o for o in operations_on("Image", "Image") if o.version and not o.answer]
    chosen = draw_different(maker, candidates, number)
    filler = maker.filler(slots_of(chosen))
    words = request_wording.join(
        maker.dice, [operation.version for operation in chosen], "versions"
    )
    return _versions_example(maker, "Image", chosen, filler, words)


def _versions_example(
    maker: ExampleMaker, kind: str, chosen: Sequence[Operation], filler: SlotFiller, words: str
) -> TrainingExample:
    """Return an example of several operations on one file, with all results."""
    words = filler.fill(words)
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps = [draft.apply(operation, name, filler.fill) for operation in chosen]
    answer = " ".join(
        f"{'Here it is' if not index else 'And'} {step.operation.version}: {{{step.name}}}"
        for index, step in enumerate(steps)
    )
    draft.say(filler.fill(answer))
    wording = request_wording.give_reason(maker.dice, words, kind)
    return maker.example(
        "several_outputs", request_wording.finish(maker.dice, wording), draft.text, scope
    )


def wishes(maker: ExampleMaker) -> TrainingExample:
    """Draw several independent operations in one request."""
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    number = choose(maker.dice, (2, 3), (4, 1))
    asking = [o for o in operations_on(kind, it=True) if o.gives != kind]
    changing = [o for o in operations_on(kind, it=True) if o.gives == kind] or asking
    chosen = draw_different(maker, asking, number - 1)
    last = draw(maker, changing if maker.dice.random() < 0.6 else asking)
    if family(last) in map(family, chosen):
        raise Unsuitable("the same wish twice", hint="draw again")
    chosen.insert(maker.dice.randrange(number), last)
    filler = maker.filler(slots_of(chosen))
    parts = [_wish(maker, operation, main=not index) for index, operation in enumerate(chosen)]
    if maker.dice.random() < 0.6:
        parts[0] = with_object(parts[0], maker.dice.choice(words_for_files(kind, "it")))
    request = filler.fill(request_wording.join(maker.dice, parts, "also")).replace("?.", "?")
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps = [draft.apply(operation, name, filler.fill) for operation in chosen]
    draft.say(" ".join(end_sentence(filler.fill(step.sentence)) for step in steps))
    return maker.example(
        "several_wishes", request_wording.finish(maker.dice, request), draft.text, scope
    )


def _wish(maker: ExampleMaker, operation: Operation, *, main: bool) -> str:
    questions = [
        phrase for phrase in operation.alone if len(phrase) < 45 and not re.search(r"[,.!]", phrase)
    ]
    if questions and maker.dice.random() < 0.4:
        return maker.phrase(questions, main=main)
    return maker.phrase(operation.it, main=main)


def end_sentence(sentence: str) -> str:
    """Add a full stop, unless the sentence ends with a result."""
    return sentence if sentence[-1] in ".!?}" else f"{sentence}."


def long_request(maker: ExampleMaker) -> TrainingExample:
    """Draw a long request: a story, then several operations in full sentences."""
    bank = load("long.toml")
    kind = medium(maker, "Image", "Audio", "Video", "Document")
    is_chain = kind != "Document" and maker.dice.random() < 0.6
    number = choose(maker.dice, (2, 3, 4), (5, 5, 1))
    if is_chain:
        chosen = draw_different(maker, operations_on(kind, kind, it=True), number)
        if maker.dice.random() < 0.25:
            chosen[-1] = draw(maker, [o for o in operations_on(kind, it=True) if o.gives != kind])
    else:
        chosen = draw_different(maker, operations_on(kind, it=True), number)
    filler = maker.filler(slots_of(chosen))
    parts = [maker.phrase(chosen[0].it), *(maker.phrase(o.it, main=False) for o in chosen[1:])]
    nouns_of_kind = [
        words for words in words_for_files(kind, "it") if words.startswith(("the ", "my "))
    ]
    parts[0] = with_object(parts[0], maker.dice.choice(nouns_of_kind))
    if len({part.split()[0] for part in parts}) < number:
        raise Unsuitable("the same verb twice", hint="draw again")
    suffix = {2: "_2", 3: "", 4: "_4"}[number]
    joiner = maker.dice.choice(bank[f"{'steps' if is_chain else 'wishes'}{suffix}"])
    for index, part in enumerate(parts, 1):
        joiner = joiner.replace(f"${index}", part)
    joiner = joiner.replace("?.", "?")
    request = filler.fill(_with_story(maker, joiner, kind))
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    steps: list[Step] = []
    for operation in chosen:
        operand = steps[-1].name if steps and is_chain else name
        steps.append(draft.apply(operation, operand, filler.fill))
    if is_chain:
        draft.say(filler.fill(_chain_sentence(steps)))
    else:
        draft.say(" ".join(end_sentence(filler.fill(step.sentence)) for step in steps))
    if maker.dice.random() < 0.05:
        request = request_wording.add_typo(maker.dice, request)
    return maker.example("long", request, draft.text, scope)


def _with_story(maker: ExampleMaker, wishes: str, kind: str) -> str:
    """Put a story before or after the wishes, and a last sentence at the end."""
    bank = load("long.toml")
    opening = maker.dice.choice(bank[f"openings_{kind.lower()}"])
    order = maker.dice.random()
    wishes = capital(wishes)
    if order < 0.2:
        text = f"{wishes} {opening}"
    elif order < 0.3:
        text = f"{opening}\n\n{wishes}\n"
    else:
        text = f"{opening} {wishes}"
    if maker.dice.random() < 0.6:
        text += f" {maker.dice.choice(bank['closings'])}"
    return re.sub(r" ?\n ?", "\n", text).replace("?.", "?").strip()


def correction(maker: ExampleMaker) -> TrainingExample:
    """Draw a request that withdraws one wish and states another."""
    kind = medium(maker, "Image", "Audio", "Video", "Document", "Text")
    withdrawn, wanted = draw_different(maker, operations_on(kind, it=True), 2)
    filler = maker.filler(wanted.slots)
    words = maker.filler(withdrawn.slots).fill(maker.phrase(withdrawn.it, main=False))
    wish = filler.fill(maker.phrase(wanted.it))
    template = maker.phrase(load("long.toml")["corrections"])
    object_words = maker.dice.choice(words_for_files(kind, "it"))
    if template.index("$1") < template.index("$2"):
        words = with_object(words, object_words)
    else:
        wish = with_object(wish, object_words)
    request = _sentences(template.replace("$1", words).replace("$2", wish))
    return _corrected_example(maker, kind, wanted, filler, request)


def value_correction(maker: ExampleMaker) -> TrainingExample:
    """Draw a request whose value is corrected: "400 pixels wide, no, 600"."""
    kind = medium(maker, "Image", "Audio", "Video", "Text")
    slot = maker.dice.choice(("colour", "pixels", "degrees", "seconds", "language", "thickness"))
    candidates = [
        o
        for o in operations_on(kind, it=True)
        if any(f"<{slot}>" in phrase for phrase in o.it) and slot not in o.slots
    ]
    if not candidates:
        raise Unsuitable(f"no operation with {slot!r}", hint="draw again")
    operation = draw(maker, candidates)
    filler = maker.filler(operation.slots)
    phrase = maker.phrase([p for p in operation.it if f"<{slot}>" in p])
    phrase = with_object(phrase, maker.dice.choice(words_for_files(kind, "it")))
    old = filler.fill(f"<{slot}2>")
    new = filler.fill(f"<{slot}>")
    if old == new:
        raise Unsuitable("the same value", hint="draw again")
    template = maker.phrase(load("long.toml")["value_corrections"]).replace("<new>", new)
    phrase = filler.fill(phrase.replace(f"<{slot}>", old))
    return _corrected_example(
        maker, kind, operation, filler, _sentences(template.replace("$1", phrase))
    )


def _corrected_example(
    maker: ExampleMaker, kind: str, operation: Operation, filler: SlotFiller, request: str
) -> TrainingExample:
    scope = PromptScope()
    name = scope.add_file(maker.dice, kind)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    if maker.dice.random() < 0.15:
        opening = maker.dice.choice(load("long.toml").get(f"openings_{kind.lower()}", [""]))
        request = f"{opening} {capital(request)}".strip()
    return maker.example("long", request_wording.finish(maker.dice, request), draft.text, scope)


def _sentences(text: str) -> str:
    """Begin each sentence with a capital letter, after a full stop."""
    text = text.replace("?.", "?").replace("?...", "...")
    return re.sub(r"(?<!\.)([.?!] )([a-z])", lambda match: match[1] + match[2].upper(), text)


SHAPES: dict[Shape, float] = {
    single: 20, chain: 6, verb_chain: 4, versions: 2, adjective_versions: 4, wishes: 6,
    long_request: 6, correction: 5, value_correction: 1.5,
}  # fmt: skip
