"""Shapes with tools that are unknown to the planner and described in the prompt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from tools.sdk.plan_types import ANY, Type
from train.planner.data import (
    conversation,
    intents,
    multi_file_shapes,
    plan_shapes,
    refusal_shapes,
    region_shapes,
    request_wording,
)
from train.planner.data.intents import add_names
from train.planner.data.phrase_files import DescribedTool, SlotFiller, choose, described_tools, load
from train.planner.data.plan_drafts import ExampleMaker, PlanDraft, Unsuitable
from train.planner.data.plan_shapes import Shape
from train.planner.data.scope_values import FILE_TYPES, PromptScope
from train.planner.data.signatures import ToolSignature, parse_signature
from train.planner.data.training_example import TrainingExample

HELD_OUT_PERCENT = 12
_OPEN_RESULT_SHARE = 0.25
"""MCP tools often have results of unknown type."""
_SIZES = ((1, 2, 3, 4, 5, 6, 8, 10, 14, 20), (4, 5, 5, 4, 3, 3, 2, 2, 1, 1))


@cache
def signature_of(tool: DescribedTool) -> ToolSignature:
    """Return the parsed signature of a tool."""
    return parse_signature(tool.signature)


@cache
def _pool(*, held_out: bool) -> tuple[DescribedTool, ...]:
    return tuple(tool for tool in described_tools() if _is_held_out(tool) == held_out)


def _is_held_out(tool: DescribedTool) -> bool:
    digest = hashlib.sha256(signature_of(tool).name.encode()).digest()
    return digest[0] % 100 < HELD_OUT_PERCENT


def _offer(
    maker: ExampleMaker,
    used: Sequence[DescribedTool],
    held_out: bool,
    *,
    without: Collection[str] = (),
) -> list[ToolSignature]:
    """Return the tools of a prompt: the used ones among others, shuffled.

    No other tools of the domains `without` are offered.
    """
    size = max(choose(maker.dice, *_SIZES), len(used))
    names = {signature_of(tool).name for tool in used}
    pool = [
        t
        for t in _pool(held_out=held_out)
        if signature_of(t).name not in names and t.domain not in without
    ]
    if held_out:
        # Few tools are held out, so training tools are offered beside them.
        pool += [t for t in _pool(held_out=False) if t.domain not in without]
    domains = {tool.domain for tool in used}
    same_domain = [tool for tool in pool if tool.domain in domains]
    others: list[DescribedTool] = []
    while len(others) < size - len(used):
        tool = maker.dice.choice(same_domain if same_domain and maker.dice.random() < 0.5 else pool)
        if tool not in others:
            others.append(tool)
    offered = [*used, *others]
    maker.dice.shuffle(offered)
    return [_vary_signature(maker, tool) for tool in offered]


def _vary_signature(maker: ExampleMaker, tool: DescribedTool) -> ToolSignature:
    signature = signature_of(tool)
    plain = signature.returns in (Type("Text"), Type("Number"), Type("Integer"))
    if plain and maker.dice.random() < _OPEN_RESULT_SHARE:
        signature = signature.returning(ANY)
    if maker.dice.random() < 0.1:
        signature = replace(signature, description=signature.description.rstrip("."))
    return signature


def _draw(
    maker: ExampleMaker, held_out: bool, fits: Callable[[DescribedTool], bool]
) -> DescribedTool:
    candidates = [tool for tool in _pool(held_out=held_out) if fits(tool)]
    if not candidates:
        raise Unsuitable("no such tool", hint="draw again")
    return maker.dice.choice(candidates)


def _scope_for(
    maker: ExampleMaker, tools: Sequence[DescribedTool], filler: SlotFiller
) -> PromptScope:
    scope = PromptScope()
    for tool in tools:
        needed = {n: k for n, k in tool.needs.items() if n not in scope.types}
        add_names(maker, scope, filler, needed)
    if not scope.types and maker.dice.random() < 0.12:
        scope.add_file(maker.dice, maker.dice.choice(("Image", "Audio", "Text")))
    return scope


def _add_call(draft: PlanDraft, tool: DescribedTool, filler: SlotFiller) -> str:
    """Add the call of a tool; return the sentence about its result."""
    name = draft.assign(tool.noun, filler.fill(tool.call))
    return filler.fill(tool.answer).replace(f"{{{tool.noun}}}", f"{{{name}}}")


def _draft(scope: PromptScope, offered: Sequence[ToolSignature]) -> PlanDraft:
    return PlanDraft([*scope.types, *(tool.name for tool in offered)])


def one_call(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw one call of a described tool."""
    tool = _draw(maker, held_out, lambda tool: True)
    filler = maker.filler(tool.slots)
    request = filler.fill(request_wording.be_polite(maker.dice, maker.phrase(tool.say)))
    scope = _scope_for(maker, [tool], filler)
    offered = _offer(maker, [tool], held_out)
    draft = _draft(scope, offered)
    draft.say(_add_call(draft, tool, filler))
    return _finish_example(maker, "described_call", request, draft, scope, offered)


def same_tool_twice(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw the same tool for several values: "in Rome and Oslo"."""
    tool = _draw(maker, held_out, lambda tool: bool(tool.many))
    filler = maker.filler(tool.slots)
    slot = f"<{tool.many}>"
    number = choose(maker.dice, (2, 3), (3, 1))
    phrase = maker.phrase([words for words in tool.say if words.count(slot) == 1])
    slot_names = [slot, *(f"<{tool.many}{index}>" for index in range(2, number + 1))]
    slot_list = ", ".join(slot_names[:-1]) + f" and {slot_names[-1]}"
    if f"the {slot}" in phrase:
        phrase = phrase.replace(
            f"the {slot}", " and ".join(f"the {slot_name}" for slot_name in slot_names)
        )
    else:
        phrase = phrase.replace(slot, slot_list)
    request = filler.fill(phrase)
    scope = _scope_for(maker, [tool], filler)
    offered = _offer(maker, [tool], held_out)
    draft = _draft(scope, offered)
    sentences: list[str] = []
    for value in slot_names:
        varied_tool = tool.model_copy(
            update={
                "call": tool.call.replace(slot, value),
                "answer": tool.answer.replace(slot, value),
            }
        )
        sentences.append(_add_call(draft, varied_tool, filler))
    draft.say(" ".join(sentences))
    return _finish_example(maker, "described_parallel", request, draft, scope, offered)


def two_tools(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw two or three independent tools in one request."""
    number = choose(maker.dice, (2, 3), (4, 1))
    tools = maker.dice.sample(_pool(held_out=held_out), number)
    if len({needs for tool in tools for needs in tool.needs.items()}) > 1:
        raise Unsuitable("too many files", hint="draw again")
    filler = maker.filler({name: rows for tool in tools for name, rows in tool.slots.items()})
    parts = [maker.phrase(tools[0].say), *(maker.phrase(t.say, main=False) for t in tools[1:])]
    parts = [part for part in parts if len(part) < 110]
    if len(parts) < number:
        raise Unsuitable("too long", hint="draw again")
    request = filler.fill(request_wording.join(maker.dice, parts, "also"))
    scope = _scope_for(maker, tools, filler)
    offered = _offer(maker, tools, held_out)
    draft = _draft(scope, offered)
    draft.say(" ".join(_add_call(draft, tool, filler) for tool in tools))
    return _finish_example(maker, "described_several", request, draft, scope, offered)


def same_tool_again(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw the same tool twice with different values."""
    tool = _draw(maker, held_out, lambda tool: bool(tool.slots) or "<" in tool.call)
    fillers = [maker.filler(tool.slots), maker.filler(tool.slots)]
    phrases = [maker.phrase(tool.say), maker.phrase(tool.say, main=False)]
    parts = [filler.fill(phrase) for filler, phrase in zip(fillers, phrases, strict=True)]
    if parts[0] == parts[1] or max(map(len, parts)) > 90:
        raise Unsuitable("the same wish twice", hint="draw again")
    request = request_wording.join(maker.dice, parts, "also")
    scope = _scope_for(maker, [tool], fillers[0])
    offered = _offer(maker, [tool], held_out)
    draft = _draft(scope, offered)
    sentences = [_add_call(draft, tool, filler) for filler in fillers]
    if len(draft.lines) < len(fillers):
        raise Unsuitable("the same call twice", hint="draw again")
    draft.say(" ".join(sentences))
    return _finish_example(maker, "described_parallel", request, draft, scope, offered)


def then_known(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw a described tool whose text is spoken, translated or summarized."""
    tool = _draw(
        maker,
        held_out,
        lambda tool: signature_of(tool).returns.name == "Text" and tool.noun != "result",
    )
    after = maker.dice.choice(
        (
            ("and read it to me", "speak"),
            ("and say it aloud", "speak"),
            ("in <language>", "translate"),
            ("and translate it into <language>", "translate"),
            ("and sum it up", "summarize"),
        )
    )
    filler = maker.filler(tool.slots)
    phrase = maker.phrase([words for words in tool.say if not words.endswith(("?", "please"))])
    request = filler.fill(f"{phrase} {after[0]}")
    scope = _scope_for(maker, [tool], filler)
    offered = _offer(maker, [tool], held_out)
    draft = _draft(scope, offered)
    sentence = _add_call(draft, tool, filler)
    name = draft.lines[-1].partition(" ")[0]
    match after[1]:
        case "speak":
            voice = draft.assign("voice", f"speak({name})")
            draft.say(f"{sentence} {{{voice}}}")
        case "translate":
            other = draft.assign(
                filler.fill("<language_name>"), filler.fill(f'translate({name}, "<language>")')
            )
            draft.say(f"{{{other}}}")
        case _:
            short = draft.assign("short", f"summarize({name})")
            draft.say(f"{{{short}}}")
    return _finish_example(maker, "described_chain", request, draft, scope, offered)


def flow(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw a hand-written plan over several described tools."""
    entries = [
        entry
        for entry in load("described_flows.toml")["flow"]
        if _flow_is_held_out(entry) == held_out
    ]
    if not entries:
        raise Unsuitable("no flow", hint="draw again")
    entry = maker.dice.choice(entries)
    tools = [t for t in _tools_of(entry) if _is_called(t, entry) or _is_held_out(t) == held_out]
    filler = maker.filler(entry.get("slots", {}))
    request = filler.fill(request_wording.be_polite(maker.dice, maker.phrase(entry["say"])))
    scope = PromptScope()
    add_names(maker, scope, filler, entry.get("needs", {}))
    scope.fit(filler.slots)
    offered = _offer(maker, tools, held_out)
    draft = _draft(scope, offered)
    draft.lines += filler.fill(entry["plan"]).strip().splitlines()
    return _finish_example(maker, "described_chain", request, draft, scope, offered)


def _flow_is_held_out(entry: dict[str, Any]) -> bool:
    return any(_is_held_out(tool) for tool in _tools_of(entry) if _is_called(tool, entry))


def _tools_of(entry: dict[str, Any]) -> list[DescribedTool]:
    """Return the tools that a flow calls, and those that are only offered beside them."""
    return [tool for tool in described_tools() if signature_of(tool).name in entry["tools"]]


def _is_called(tool: DescribedTool, entry: dict[str, Any]) -> bool:
    return f"{signature_of(tool).name}(" in entry["plan"]


_SOLVABLE_WITHOUT_TOOL = frozenset(
    {"body_mass_index", "days_between", "loan_payment", "savings_after", "split_expenses",
     "kinetic_energy_of", "falling_speed", "sentiment", "dna_complement", "half_life_left",
     "draw_cards", "format_code", "regex_matches", "scale_recipe", "element_info"}
)  # fmt: skip
"""Tools that a plan can replace by arithmetic or knowledge: declining would be wrong."""


def no_tool_fits(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw a request for which no described tool fits."""
    tool = _draw(maker, held_out, _is_out_of_reach)
    filler = maker.filler(tool.slots)
    request = filler.fill(request_wording.be_polite(maker.dice, maker.phrase(tool.say)))
    scope = _scope_for(maker, [tool], filler)
    offered = [
        t
        for t in _offer(maker, [tool], held_out, without=(tool.domain,))
        if t.name != signature_of(tool).name
    ]
    if not offered:
        raise Unsuitable("no tools", hint="draw again")
    draft = _draft(scope, offered)
    draft.say(f"I am sorry, I have no tool that {third_person(signature_of(tool).description)}.")
    return _finish_example(maker, "irrelevance", request, draft, scope, offered)


def _is_out_of_reach(tool: DescribedTool) -> bool:
    worked_out = tool.domain == "maths" or signature_of(tool).name in _SOLVABLE_WITHOUT_TOOL
    return not tool.needs and not worked_out


def third_person(description: str) -> str:
    """Return "sets the temperature" for "Set the temperature: …"."""
    first = re.split(r"[;:,.]", description, maxsplit=1)[0].strip()
    verb, _, rest = first.partition(" ")
    verb = verb.lower()
    if verb.endswith("y") and verb[-2] not in "aeiou":
        verb = f"{verb[:-1]}ies"
    else:
        verb += "es" if verb.endswith(("ch", "sh", "ss", "x", "o")) else "s"
    return f"{verb} {rest}"


def incomplete(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw a request that lacks an argument: the plan asks for it."""
    tool = _draw(maker, held_out, lambda tool: bool(tool.incomplete))
    entry = maker.dice.choice(tool.incomplete)
    request = request_wording.be_polite(maker.dice, maker.phrase((entry["say"],)))
    scope = _scope_for(maker, [], maker.filler())
    offered = _offer(maker, [tool], held_out)
    draft = _draft(scope, offered)
    draft.say(entry["ask"])
    return _finish_example(maker, "described_incomplete", request, draft, scope, offered)


_KNOWN_TOOL_SHAPES: Mapping[Shape, float] = {
    **plan_shapes.SHAPES,
    **region_shapes.SHAPES,
    **multi_file_shapes.SHAPES,
    **intents.SHAPES,
    **conversation.SHAPES,
    refusal_shapes.missing_file: 3,
    refusal_shapes.injected_text: 6,
    refusal_shapes.injected_beside: 6,
}
_LIKE_KNOWN_TOOLS = ("plugins",)
"""Domains whose tools may do what a known tool does."""
_NO_ANSWER_TO_QUESTIONS = frozenset({"home", "messages", "lists", "robots", "car", "files", "code"})
"""Domains whose tools do not answer a question about the world or a sum."""


def known_tool_beside(maker: ExampleMaker, *, held_out: bool = False) -> TrainingExample:
    """Draw any request that the described tools have nothing to do with."""
    example = choose(maker.dice, list(_KNOWN_TOOL_SHAPES), list(_KNOWN_TOOL_SHAPES.values()))(maker)
    if any(kind in FILE_TYPES for kind in map(str, example.types.values())):
        without: Collection[str] = _LIKE_KNOWN_TOOLS
    else:
        without = {tool.domain for tool in described_tools()} - _NO_ANSWER_TO_QUESTIONS
    used_words = {*re.findall(r"\w+", example.plan), *example.names}
    offered = [
        tool for tool in _offer(maker, [], held_out, without=without) if tool.name not in used_words
    ]
    if not offered:
        raise Unsuitable("no tools", hint="draw again")
    return maker.example(
        "known_beside_described",
        example.request,
        example.plan,
        PromptScope(dict(example.names), dict(example.types)),
        turns=example.turns,
        described=offered,
    )


def _finish_example(
    maker: ExampleMaker,
    kind: str,
    request: str,
    draft: PlanDraft,
    scope: PromptScope,
    offered: Sequence[ToolSignature],
) -> TrainingExample:
    wording = request_wording.finish(maker.dice, request)
    return maker.example(kind, wording, draft.text, scope, described=offered)


def _held_out_shape(shape: Callable[..., TrainingExample]) -> Shape:
    def with_held_tools(maker: ExampleMaker) -> TrainingExample:
        return shape(maker, held_out=True)

    return with_held_tools


SHAPES: dict[Shape, float] = {
    one_call: 18, same_tool_twice: 4, two_tools: 4, same_tool_again: 3, then_known: 2, flow: 5,
    no_tool_fits: 6, incomplete: 1, known_tool_beside: 24,
}  # fmt: skip
HELD_TOOL_SHAPES: dict[Shape, float] = {
    _held_out_shape(shape): weight
    for shape, weight in SHAPES.items()
    if shape is not known_tool_beside
}
