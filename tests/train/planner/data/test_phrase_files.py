"""The phrase banks: every entry can be filled, and gives a plan that the checker accepts."""

import random
import re
from collections import Counter

import pytest

from train.planner.data.described_tool_shapes import signature_of
from train.planner.data.intents import add_names, fill_capitals
from train.planner.data.known_tools import known_tools
from train.planner.data.phrase_files import (
    DescribedTool,
    Intent,
    Operation,
    SlotFiller,
    described_tools,
    intents,
    operations,
)
from train.planner.data.plan_drafts import ExampleMaker, PlanDraft, with_object
from train.planner.data.scope_values import PromptScope
from train.planner.data.signatures import as_callees
from train.planner.data.training_example import check_plan

SLOT = re.compile(r"<\w+>")


def test_a_slot_has_the_same_row_in_the_request_and_in_the_plan() -> None:
    filler = SlotFiller(
        random.Random(1), {"x": [{"thing": "dog", "things": "dogs", "label": "dog"}]}
    )

    assert filler.fill('how many <things>? detect(image1, label="<label>")') == (
        'how many dogs? detect(image1, label="dog")'
    )


def test_a_digit_asks_for_another_row() -> None:
    filler = SlotFiller(random.Random(1), {"colour": ["red", "blue"]})

    assert sorted(filler.fill("<colour> <colour2>").split()) == ["blue", "red"]


@pytest.mark.parametrize(("thing", "said"), [("apple", "an apple"), ("unicorn", "a unicorn")])
def test_the_article_fits_the_word(thing: str, said: str) -> None:
    assert SlotFiller(random.Random(1), {"thing": [thing]}).fill("a <thing>") == said


def test_it_becomes_the_object_and_its_belongs_to_it() -> None:
    assert with_object("blur it", "this photo") == "blur this photo"
    assert with_object("round its corners", "the picture") == "round the picture's corners"
    assert with_object("round its corners", "them", plural=True) == "round their corners"


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_an_operation_is_filled_and_checked(operation: Operation) -> None:
    maker = ExampleMaker(random.Random(1))
    filler = maker.filler(operation.slots)
    for phrase in (*operation.alone, *operation.it, *operation.on):
        assert not SLOT.search(filler.fill(phrase.replace("<target>", "it")))
    scope = PromptScope()
    name = scope.add_file(maker.dice, operation.takes)
    for region in ("", "faces(image1)" if operation.region else ""):
        if not region and not operation.call:
            continue
        draft = PlanDraft(scope.types)
        draft.finish(draft.apply(operation, name, filler.fill, region))
        checked = check_plan(draft.text, known_tools(), scope.types)
        assert str(checked.types[_result(draft)]) == operation.gives


def _result(draft: PlanDraft) -> str:
    return [line for line in draft.lines if re.match(r"\w+ = ", line)][-1].partition(" ")[0]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.id)
def test_an_imperative_speaks_of_one_object(operation: Operation) -> None:
    for phrase in operation.it:
        words = Counter(re.findall(r"\bits?\b", phrase))
        assert words, phrase
        assert words["it"] <= 1, phrase


@pytest.mark.parametrize("intent", intents(), ids=lambda intent: intent.id)
def test_an_intent_is_filled_and_checked(intent: Intent) -> None:
    maker = ExampleMaker(random.Random(1))
    filler = maker.filler(intent.slots)
    for phrase in intent.say:
        assert not SLOT.search(fill_capitals(filler, phrase))
    scope = PromptScope()
    add_names(maker, scope, filler, intent.names)
    check_plan(fill_capitals(filler, intent.plan), known_tools(), scope.types)


@pytest.mark.parametrize("tool", described_tools(), ids=lambda tool: signature_of(tool).name)
def test_a_described_tool_is_called_as_its_signature_says(tool: DescribedTool) -> None:
    maker = ExampleMaker(random.Random(1))
    filler = maker.filler(tool.slots)
    for phrase in tool.say:
        assert not SLOT.search(filler.fill(phrase))
    scope = PromptScope()
    add_names(maker, scope, filler, tool.needs)
    plan = f'{tool.noun} = {filler.fill(tool.call)}\nsay("{filler.fill(tool.answer)}")'
    check_plan(plan, as_callees([signature_of(tool)]), scope.types)


def test_described_tools_are_not_tools_that_are_there() -> None:
    assert not {signature_of(tool).name for tool in described_tools()} & known_tools().keys()


@pytest.mark.parametrize("entries", [operations(), intents()], ids=["operations", "intents"])
def test_no_two_entries_have_one_name(entries: tuple[Operation | Intent, ...]) -> None:
    assert [n for n, count in Counter(entry.id for entry in entries).items() if count > 1] == []
