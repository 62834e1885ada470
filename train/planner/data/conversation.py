"""Shapes of conversations: follow-up requests about earlier results, and marked regions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.media import Box, Points, Region
from tools.sdk.plan_types import Type, Value, type_of_value
from train.planner.data import (
    multi_file_shapes,
    plan_shapes,
    region_shapes,
    request_wording,
    simulate,
)
from train.planner.data.intents import from_intent
from train.planner.data.known_tools import known_tools
from train.planner.data.phrase_files import (
    Operation,
    SlotFiller,
    Target,
    choose,
    intents,
    load,
    operations,
)
from train.planner.data.plan_drafts import (
    ExampleMaker,
    PlanDraft,
    Unsuitable,
    agree,
    region_sentence,
    with_object,
)
from train.planner.data.plan_shapes import Shape, draw, operations_on
from train.planner.data.scope_values import PromptScope
from train.planner.data.simulate import SimulatedRun, SizedAudio, SizedImage, SizedVideo
from train.planner.data.training_example import EarlierTurn, TrainingExample, check_plan

_WITH_TURNS = 0.75
"""Otherwise only the names of earlier results are shown, as after many turns."""
_STARTS = (
    plan_shapes.single,
    region_shapes.part_of_picture,
    multi_file_shapes.every_file,
    plan_shapes.chain,
)
_START_WEIGHTS = (8, 3, 1, 1)
_START_INTENTS = (
    "folder_crop_faces", "crop_each_thing", "price_of_all", "count_and_mark", "two_kinds",
    "draw", "make_music", "side_by_side", "speak", "count_each",
)  # fmt: skip
_LAST_CALL = r"^{name} = (\w+)\("


@dataclass(frozen=True)
class StartedConversation:
    """A conversation after its first request."""

    scope: PromptScope
    turns: tuple[EarlierTurn, ...]
    first: TrainingExample
    outcome: SimulatedRun


def start(maker: ExampleMaker, first: TrainingExample | None = None) -> StartedConversation:
    """Return a conversation whose first request was answered.

    A first request passed in is always shown: the next request is ambiguous without it.
    """
    opening = ExampleMaker(maker.dice)
    with_turns = first is not None or maker.dice.random() < _WITH_TURNS
    if first is None:
        if maker.dice.random() < 0.2:
            intent_id = maker.dice.choice(_START_INTENTS)
            first = from_intent(opening, next(i for i in intents() if i.id == intent_id))
        else:
            first = choose(maker.dice, _STARTS, _START_WEIGHTS)(opening)
    checked = check_plan(first.plan, known_tools(), first.types)
    values = {
        name: value_from_description(maker, first.types[name], description)
        for name, description in first.names.items()
    }
    outcome = simulate.run(checked, maker.dice, values)
    if outcome is None:
        raise Unsuitable("the first plan fails", hint="draw again")
    scope = PromptScope(dict(first.names), dict(first.types))
    for name, description in outcome.descriptions.items():
        if name not in scope.types:
            scope.add(name, outcome.types[name], description)
    turn = EarlierTurn(first.request, first.plan, outcome.answer)
    turns = (turn,) if with_turns else ()
    return StartedConversation(scope, turns, first, outcome)


def value_from_description(maker: ExampleMaker, kind: Type, description: str) -> Value:
    """Return a stand-in for a file, built from its description."""
    if kind.item:
        return [value_from_description(maker, kind.item, part) for part in description.split(", ")]
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", description)]
    match kind.name:
        case "Image":
            return SizedImage(int(numbers[0]), int(numbers[1]))
        case "Audio":
            return SizedAudio(numbers[0])
        case "Video":
            return SizedVideo(numbers[0], int(numbers[1]), int(numbers[2]))
        case "Text":
            return description
        case _:
            # The simulation never reads a document's content.
            return simulate.value_of(maker.dice, kind)


def last_result(started: StartedConversation, kind: str) -> str:
    """Return the last result of a type in the first plan."""
    names = _results(started, kind)
    if not names:
        raise Unsuitable(f"no {kind}", hint="draw again")
    return names[-1]


def _results(started: StartedConversation, kind: str) -> list[str]:
    """Return the results of a type; media only if shown."""
    file_types = started.first.types
    names = [n for n, t in started.scope.types.items() if str(t) == kind and n not in file_types]
    if kind.removeprefix("list[").rstrip("]") in ("Image", "Audio", "Video"):
        say_calls = " ".join(re.findall(r"say\(.*", started.first.plan))
        return [name for name in names if f"{{{name}}}" in say_calls or f"{{{name}[" in say_calls]
    return names


def follow_up(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about an earlier result, by its type."""
    started = start(maker)
    possible = [f for f in _follow_ups() if _fits(f, started)]
    if not possible:
        raise Unsuitable("nothing follows", hint="draw again")
    rule = choose(maker.dice, possible, [entry.get("weight", 1) for entry in possible])
    name = last_result(started, rule["on"])
    filler = maker.filler(_ordinals(started.outcome.values.get(name)))
    phrase = maker.phrase(rule["say"])
    _fill_thing(started, filler, phrase, rule["plan"])
    plan = _with_free_names(filler.fill(rule["plan"]), started.scope)
    plan = _fill_names(filler, plan, name, _source(started, name))
    request = filler.fill(_lead_in(maker, phrase))
    return _finish_example(maker, "follow_up", request, plan, started)


@cache
def _follow_ups() -> list[dict[str, Any]]:
    return load("follow_ups.toml")["follow"]


def _fits(rule: Mapping[str, Any], started: StartedConversation) -> bool:
    names = _results(started, rule["on"])
    if not names:
        return False
    source = _source(started, names[-1])
    if "%" in rule["plan"] and not source:
        return False
    if rule.get("with_picture") and started.scope.types[source or names[-1]].name != "Image":
        return False
    if rule.get("with_film") and (not source or started.scope.types[source].name != "Video"):
        return False
    if rule.get("is_count") and not _is_only_count(names, started.first.plan):
        return False
    if tool_name := rule.get("maker"):
        return bool(re.search(rf"^{names[-1]} = {tool_name}\(", started.first.plan, re.MULTILINE))
    if rule["on"] == "Boxes" and started.scope.types[source].name != "Image":
        return False
    return not (rule["on"].startswith("list") and not started.outcome.values.get(names[-1]))


def _is_only_count(names: Sequence[str], plan: str) -> bool:
    """Return whether the only number of a plan counts objects."""
    return len(names) == 1 and bool(re.search(rf"^{names[0]} = count\(", plan, re.MULTILINE))


def _source(started: StartedConversation, name: str) -> str:
    """Return the file that a result was made from."""
    files = [n for n in started.first.names if n.rstrip("0123456789") in ("image", "video")]
    line = re.search(rf"^{name} = (.*)$", started.first.plan, re.MULTILINE)
    named = [file for file in files if line and re.search(rf"\b{file}\b", line[1])]
    return (named or files or [""])[0]


def _ordinals(value: Value) -> dict[str, Sequence[Mapping[str, str]]]:
    """Return ordinal words for the indexes of a list."""
    words = ("first", "second", "third", "fourth")
    size = len(value) if isinstance(value, list) or hasattr(value, "items") else 0  # type: ignore[arg-type]
    rows = [{"ordinal": words[index], "index": str(index)} for index in range(min(size, 4))]
    if size > 1:
        rows.append({"ordinal": "last", "index": "-1"})
    return {"ordinal": rows or [{"ordinal": "first", "index": "0"}]}


def _fill_thing(started: StartedConversation, filler: SlotFiller, *texts: str) -> None:
    """Fill `<thing>` with the object of the first request."""
    if not any("<thing" in text for text in texts):
        return
    label = re.search(r'label="([^"]+)"', started.first.plan)
    if not label:
        raise Unsuitable("no thing", hint="draw again")
    rows = [row.split("|") for row in load("values.toml")["thing"]["rows"]]
    matching_rows = [row for row in rows if row[2] == label[1]]
    if not matching_rows:
        raise Unsuitable("an unknown thing", hint="draw again")
    filler.slots |= {"thing": matching_rows[0][0], "things": matching_rows[0][1], "label": label[1]}


def _fill_names(filler: SlotFiller, plan: str, name: str, source: str) -> str:
    return filler.fill(plan).replace("$", name).replace("%", source).strip()


def _with_free_names(plan: str, scope: PromptScope) -> str:
    """Add a number to assigned names that are in scope already, as in `n2`."""
    draft = PlanDraft(scope.types)
    for name in dict.fromkeys(re.findall(r"^\s*(\w+) = ", plan, re.MULTILINE)):
        free = draft.reserve(name)
        if free == name:
            continue
        plan = re.sub(rf"\{{{name}\b", f"{{{free}", plan)
        pieces = re.split(r'("[^"]*")', plan)
        pieces[::2] = [re.sub(rf"\b{name}\b(?!\()", free, piece) for piece in pieces[::2]]
        plan = "".join(pieces)
    return plan


def _lead_in(maker: ExampleMaker, phrase: str) -> str:
    if phrase.endswith("?") or maker.dice.random() < 0.55:
        return phrase
    lead = maker.dice.choice(load("follow_ups.toml")["lead_in"])
    return lead.replace("$", phrase) if not phrase.startswith(("now", "and ", "no,")) else phrase


def _finish_example(
    maker: ExampleMaker, kind: str, request: str, plan: str, started: StartedConversation
) -> TrainingExample:
    wording = request_wording.finish(maker.dice, request)
    return maker.example(kind, wording, plan, started.scope, turns=started.turns)


def change_result(maker: ExampleMaker) -> TrainingExample:
    """Draw another operation on the first result."""
    started = start(maker)
    kinds = [k for k in ("Image", "Audio", "Video") if _has_result(started, k)]
    if not kinds:
        raise Unsuitable("no medium", hint="draw again")
    kind = maker.dice.choice(kinds)
    name = last_result(started, kind)
    operation = draw(maker, operations_on(kind, it=True))
    filler = maker.filler(operation.slots)
    words = maker.dice.choice(load("follow_ups.toml")["the_result"])
    phrase = with_object(maker.phrase(operation.it), words)
    draft = PlanDraft(started.scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    request = filler.fill(_lead_in(maker, phrase))
    return _finish_example(maker, "follow_up", request, draft.text, started)


def change_original(maker: ExampleMaker) -> TrainingExample:
    """Draw an operation on the original file, not on the result."""
    started = start(maker)
    if not _has_result(started, "Image") or "image1" not in started.first.types:
        raise Unsuitable("no picture", hint="draw again")
    operation = draw(maker, operations_on("Image", it=True))
    filler = maker.filler(operation.slots)
    words = maker.dice.choice(load("follow_ups.toml")["the_original"])
    phrase = with_object(maker.phrase(operation.it), words.removesuffix(" instead"))
    draft = PlanDraft(started.scope.types)
    draft.finish(draft.apply(operation, "image1", filler.fill))
    request = filler.fill(_lead_in(maker, phrase))
    return _finish_example(maker, "follow_up", request, draft.text, started)


def _has_result(started: StartedConversation, kind: str) -> bool:
    return bool(_results(started, kind))


_MORE = frozenset(
    {"blur", "brighten", "darken", "contrast", "saturate", "desaturate", "sharpen", "pixelate",
     "enlarge", "volume_up", "volume_down", "speed_faster", "speed_slower", "voice_deeper",
     "voice_higher", "extend", "resize_smaller", "border", "rotate_right"}
)  # fmt: skip


def more_of_same(maker: ExampleMaker) -> TrainingExample:
    """Draw the same operation once more, on its result."""
    candidates = [o for o in operations() if o.id in _MORE]
    operation = draw(maker, candidates)
    started = start(maker, _single_request(maker, operation))
    filler = maker.filler(operation.slots)
    phrase = maker.phrase(load("follow_ups.toml")["more"])
    draft = PlanDraft(started.scope.types)
    draft.finish(draft.apply(operation, last_result(started, operation.gives), filler.fill))
    return _finish_example(maker, "follow_up", filler.fill(phrase), draft.text, started)


def _single_request(
    maker: ExampleMaker, operation: Operation, filler: SlotFiller | None = None
) -> TrainingExample:
    """Return a first request for an operation."""
    opening = ExampleMaker(maker.dice)
    filler = filler or opening.filler(operation.slots)
    scope = PromptScope()
    name = scope.add_file(maker.dice, operation.takes)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    request = request_wording.finish(maker.dice, filler.fill(opening.phrase(operation.alone)))
    return opening.example("call", request, draft.text, scope)


def changed_value(maker: ExampleMaker) -> TrainingExample:
    """Draw the first request again with another value: "no, in blue"."""
    candidates = [o for o in operations() if o.alone and _value_slot(o) and not o.slots]
    operation = draw(maker, candidates)
    slot = _value_slot(operation)
    filler = maker.filler(operation.slots)
    started = start(maker, _single_request(maker, operation, filler))
    if slot not in filler.slots:
        raise Unsuitable("no value", hint="draw again")
    old = filler.slots[slot]
    other_filler = maker.filler(operation.slots)
    other_filler.slots = {k: v for k, v in filler.slots.items() if not _same_bank(slot, k)}
    new = other_filler.fill(f"<{slot}>")
    if new == old:
        raise Unsuitable("the same value", hint="draw again")
    phrase = maker.phrase(_change_phrases()[slot]).replace("<new>", new).replace("<old>", old)
    draft = PlanDraft(started.scope.types)
    draft.finish(draft.apply(operation, next(iter(started.first.names)), other_filler.fill))
    return _finish_example(maker, "follow_up", phrase, draft.text, started)


def _change_phrases() -> dict[str, list[str]]:
    return load("follow_ups.toml")["changed"]


def _value_slot(operation: Operation) -> str:
    text = operation.call + operation.region
    return next((slot for slot in _change_phrases() if f"<{slot}>" in text), "")


def _same_bank(slot: str, other: str) -> bool:
    return other.startswith((slot, f"{slot}_")) or other in ("colour_name", "language_name")


def other_file(maker: ExampleMaker) -> TrainingExample:
    """Draw the same request for the other file."""
    kind = choose(maker.dice, ("Image", "Audio", "Video"), (6, 2, 2))
    operation = draw(maker, operations_on(kind, it=True))
    filler = maker.filler(operation.slots)
    opening = ExampleMaker(maker.dice)
    scope = PromptScope()
    names = [scope.add_file(maker.dice, kind) for _ in range(2)]
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, names[0], filler.fill))
    noun = maker.dice.choice(plan_shapes.nouns(kind))
    words = with_object(opening.phrase(operation.it), f"the first {noun}")
    first = opening.example(
        "call", request_wording.finish(maker.dice, filler.fill(words)), draft.text, scope
    )
    started = start(maker, first)
    after = PlanDraft(started.scope.types)
    after.finish(after.apply(operation, names[1], filler.fill))
    phrase = maker.phrase(load("follow_ups.toml")["other"]).replace("{noun}", noun)
    phrase = phrase.replace("image2", names[1])
    return _finish_example(maker, "other_file", phrase, after.text, started)


def new_subject(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about the file, independent of the earlier one."""
    started = start(maker)
    name = next(iter(started.first.names), "")
    kind = str(started.scope.types[name]) if name else ""
    if kind not in load("files.toml"):
        raise Unsuitable("no file", hint="draw again")
    operation = draw(
        maker,
        [o for o in operations_on(kind, alone=True) if o.gives != kind]
        or operations_on(kind, alone=True),
    )
    filler = maker.filler(operation.slots)
    phrase = maker.phrase([p for p in operation.alone if len(p) < 60] or operation.alone)
    draft = PlanDraft(started.scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    return _finish_example(maker, "follow_up", filler.fill(phrase), draft.text, started)


def new_file(maker: ExampleMaker) -> TrainingExample:
    """Draw a request with a new file, after one about another file."""
    started = start(maker)
    kind = choose(maker.dice, ("Image", "Audio", "Video"), (5, 2, 2))
    scope = started.scope
    name = scope.add_file(maker.dice, kind)
    operation = draw(maker, operations_on(kind, it=True))
    filler = maker.filler(operation.slots)
    noun = maker.dice.choice(plan_shapes.nouns(kind))
    words = maker.dice.choice(load("files.toml")["several"]["new"]).format(noun=noun)
    phrase = with_object(maker.phrase(operation.it), words)
    scope.fit(filler.slots)
    draft = PlanDraft(scope.types)
    draft.finish(draft.apply(operation, name, filler.fill))
    return _finish_example(
        maker,
        "follow_up",
        filler.fill(request_wording.ask(maker.dice, phrase)),
        draft.text,
        started,
    )


_ABOUT_THINGS = frozenset(
    {"count", "mark", "mark_in_video", "blur_things_in_video", "detect_in_video"}
)


def changed_thing(maker: ExampleMaker) -> TrainingExample:
    """Draw the first request again for other objects: "no, I meant the dogs"."""
    operation = draw(maker, [o for o in operations() if o.id in _ABOUT_THINGS and o.alone])
    filler = maker.filler(operation.slots)
    started = start(maker, _single_request(maker, operation, filler))
    old = filler.fill("<things>")
    new = filler.fill("<things2>")
    other_filler = maker.filler(operation.slots)
    other_filler.slots = {
        key.rstrip("2"): value for key, value in filler.slots.items() if key.endswith("2")
    }
    if filler.slots["label"] == filler.slots["label2"]:
        raise Unsuitable("the same objects", hint="draw again")
    phrase = maker.phrase(_change_phrases()["thing"]).replace("<new>", new).replace("<old>", old)
    draft = PlanDraft(started.scope.types)
    draft.finish(draft.apply(operation, next(iter(started.first.names)), other_filler.fill))
    return _finish_example(maker, "follow_up", phrase, draft.text, started)


_EARLIER_RESULT = (
    "the version before", "the previous version", "the one before", "the earlier version",
)  # fmt: skip


def two_turns_back(maker: ExampleMaker) -> TrainingExample:
    """Draw a request about the result before the last one."""
    kind = choose(maker.dice, ("Image", "Audio", "Video"), (6, 2, 2))
    candidates = [o for o in operations_on(kind, kind, alone=True, it=True) if not o.lines]
    first, second = plan_shapes.draw_different(maker, candidates, 2)
    started = start(maker, _single_request(maker, first))
    file = next(iter(started.first.names))
    earlier = last_result(started, kind)
    started, result = _add_turn(maker, started, second, earlier)
    if maker.dice.random() < 0.35:
        operation = draw(maker, operations_on(kind, it=True))
        filler = maker.filler(operation.slots)
        on_earlier = maker.dice.random() < 0.6
        words = maker.dice.choice(
            _EARLIER_RESULT if on_earlier else load("follow_ups.toml")["the_result"]
        )
        phrase = with_object(maker.phrase(operation.it), words)
        draft = PlanDraft(started.scope.types)
        draft.finish(draft.apply(operation, earlier if on_earlier else result, filler.fill))
        request = filler.fill(_lead_in(maker, phrase))
        return _finish_example(maker, "follow_up", request, draft.text, started)
    rules = [rule for rule in load("follow_ups.toml")["two_back"] if rule["on"] == kind]
    rule = maker.dice.choice(rules)
    filler = maker.filler()
    phrase = maker.phrase(rule["say"])
    plan = _fill_names(filler, rule["plan"], result, earlier).replace("&", file)
    return _finish_example(maker, "follow_up", filler.fill(phrase), plan, started)


def _add_turn(
    maker: ExampleMaker, started: StartedConversation, operation: Operation, operand: str
) -> tuple[StartedConversation, str]:
    """Return the conversation with a second request answered, and its result's name."""
    opening = ExampleMaker(maker.dice)
    filler = opening.filler(operation.slots)
    words = maker.dice.choice(load("follow_ups.toml")["the_result"])
    request = filler.fill(_lead_in(opening, with_object(opening.phrase(operation.it), words)))
    draft = PlanDraft(started.scope.types)
    step = draft.apply(operation, operand, filler.fill)
    draft.finish(step)
    checked = check_plan(draft.text, known_tools(), started.scope.types)
    values = {
        name: value_from_description(maker, started.scope.types[name], description)
        for name, description in started.first.names.items()
    } | dict(started.outcome.values)
    outcome = simulate.run(checked, maker.dice, values)
    if outcome is None:
        raise Unsuitable("the second plan fails", hint="draw again")
    scope = started.scope
    for name, description in outcome.descriptions.items():
        if name not in scope.types:
            scope.add(name, outcome.types[name], description)
    request = request_wording.finish(maker.dice, request)
    turn = EarlierTurn(request, checked.text.strip(), outcome.answer)
    return StartedConversation(scope, (*started.turns, turn), started.first, outcome), step.name


def thanks(maker: ExampleMaker) -> TrainingExample:
    """Draw thanks after an answer."""
    started = start(maker)
    phrase = maker.phrase(load("follow_ups.toml")["thanks"])
    return _finish_example(maker, "small_talk", phrase, 'say("You are welcome!")', started)


_MARK_TARGET = Target(id="mark", say=(), call="", short="the marked part")


def marked_region(maker: ExampleMaker) -> TrainingExample:
    """Draw an operation on a region that the user marked."""
    operation = draw(maker, [o for o in region_shapes.on_regions() if o.id != "read_table"])
    filler = maker.filler(operation.slots)
    scope = PromptScope()
    picture = scope.add_file(maker.dice, "Image")
    if maker.dice.random() < 0.15:
        picture = scope.add_file(maker.dice, "Image")
    region, words = _draw_mark(maker, picture)
    name = scope.add("region1", type_of_value(region), _describe_region(maker, region))
    phrase = agree(maker.phrase(operation.on), _MARK_TARGET)
    region_phrase = maker.dice.choice(load("follow_ups.toml")["marked"]).format(region=name)
    request = filler.fill(
        request_wording.ask(maker.dice, phrase.replace("<target>", region_phrase))
    )
    request = request_wording.finish(maker.dice, request)
    if name not in request:
        request += f" ({name} is {words} in {picture})"
    expression = name
    if isinstance(region, Points) or (
        isinstance(region, Box) and operation.id == "cut_out_background"
    ):
        expression = f"segment({picture}, {name})"
    draft = PlanDraft(scope.types)
    if operation.id in ("remove", "outline_mask"):
        call = (
            f"remove({picture}, {expression})"
            if operation.id == "remove"
            else f"segment({picture}, {name})"
        )
        result_name = draft.assign(operation.name, call)
    else:
        result_name = draft.apply(operation, picture, filler.fill, expression).name
    sentence = region_sentence(operation, "the marked part", result_name)
    if operation.id == "remove":
        sentence = f"Here it is without it: {{{result_name}}}"
    draft.say(filler.fill(sentence))
    return maker.example("mark", request, draft.text, scope)


def _draw_mark(maker: ExampleMaker, picture: str) -> tuple[Region, str]:
    left, top = maker.dice.randint(5, 200), maker.dice.randint(5, 150)
    match maker.dice.choice(("box", "box", "point", "points", "paint")):
        case "box":
            right, bottom = left + maker.dice.randint(30, 200), top + maker.dice.randint(30, 150)
            return Box(left, top, right, bottom, f"marked in {picture}"), "a marked box"
        case "point":
            return Points(((left, top),)), "a marked point"
        case "points":
            return Points(((left, top), (left + 31, top + 12))), "2 marked points"
        case _:
            return simulate.SizedMask(maker.dice.choice((0.03, 0.08, 0.12, 0.2))), "a painted part"


def _describe_region(maker: ExampleMaker, region: Region) -> str:
    return region.describe()


def mark_inside(maker: ExampleMaker) -> TrainingExample:
    """Draw a request to count objects within a marked box."""
    filler = maker.filler()
    scope = PromptScope()
    picture = scope.add_file(maker.dice, "Image")
    left, top = maker.dice.randint(5, 200), maker.dice.randint(5, 150)
    box = Box(left, top, left + 210, top + 160, f"marked in {picture}")
    name = scope.add("region1", Type("Box"), box.describe())
    phrase = maker.phrase(load("follow_ups.toml")["inside_mark"])
    request = request_wording.finish(maker.dice, filler.fill(phrase))
    if name not in request:
        request += f" ({name} is a marked box in {picture})"
    plan = filler.fill(
        f'<things_name> = detect({picture}, label="<label>", region={name})\n'
        "n = count(<things_name>)\n"
        'if n == 1:\n    say("There is {n} <thing> in it.")\n'
        'else:\n    say("There are {n} <things> in it.")'
    )
    return maker.example("mark", request, plan, scope)


SHAPES: dict[Shape, float] = {
    follow_up: 13, change_result: 4, change_original: 1.5, more_of_same: 1.5, changed_value: 3,
    changed_thing: 2, two_turns_back: 4, other_file: 2.5, new_subject: 1.5, new_file: 1.5,
    thanks: 0.2, marked_region: 4, mark_inside: 0.5,
}  # fmt: skip
