"""Named plans: how they are read, and what a call of one means."""

import asyncio
import textwrap

import PIL.Image
import pytest

from agent.plan import (
    CallSite,
    NamedPlan,
    PlanError,
    commands,
    interpret,
    read_plan,
    steps,
    tools_of,
)
from agent.plan.check.named_plan_header import read_named_plan
from tests.agent.plan.fuzz_plans import NAMES, TOOLS
from tools import Box, Boxes, Image, ToolError
from tools.sdk.plan_types import Value

PICTURE = Image(PIL.Image.new("RGB", (4, 4)))
BOXES = Boxes((Box(0, 0, 2, 1, "apple"), Box(1, 1, 2, 2, "apple")))

COUNT_ALL = '''\
"""Say how many things of a kind there are.

>>> words = count_all(photo)
"""
image: Image
label: Text = "apple"

found = detect(image, label)
n = count(found)
result = "{n} of {label}"
'''

DRAW_TWICE = '''\
"""Draw the same words twice."""
words: Text

first = draw(words)
result = [first, draw(words)]
'''

LOOK_CLOSER = '''\
"""Count the apples in every part of a picture that shows one."""
image: Image

parts = [crop(image, part) for part in detect(image, "apple")]
result = [count_all(part) for part in parts]
'''


def named(name: str, text: str, **others: NamedPlan) -> NamedPlan:
    return read_named_plan(name, text, {**TOOLS, **others}, f"{name}.plan")


PLANS = {"count_all": named("count_all", COUNT_ALL), "draw_twice": named("draw_twice", DRAW_TWICE)}
PLANS["look_closer"] = named("look_closer", LOOK_CLOSER, **PLANS)
CALLEES = {**TOOLS, **PLANS}


class Performs:
    """Does what tools would; those named in `broken` fail. Keeps what it was asked for."""

    def __init__(self, *broken: str) -> None:
        self.sites: list[CallSite] = []
        self.broken = broken

    async def __call__(self, site: CallSite) -> Value:
        self.sites.append(site)
        await asyncio.sleep(0)
        if site.tool.name in self.broken:
            raise ToolError(f"{site.tool.name} is broken")
        made: dict[str, Value] = {"detect": BOXES, "count": 2, "draw": PICTURE, "crop": PICTURE}
        return made[site.tool.name]


def problems_of(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        named("broken", textwrap.dedent(text))
    return [str(problem) for problem in caught.value.problems]


def test_the_header_says_what_it_does_what_it_takes_and_the_plan_what_it_gives() -> None:
    plan = PLANS["count_all"]

    assert plan.signature == "count_all(image: Image, label: Text = 'apple') -> Text"
    assert plan.description == "Say how many things of a kind there are."
    assert plan.examples == ("words = count_all(photo)",)
    assert plan.calls == 2


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("pictures: list[Image]", "pictures: list[Image]"),
        ("where: Region | None = None", "where: Region or None = None"),
        ("size: Number = 0.5", "size: Number = 0.5"),
        ("loud: Boolean = True", "loud: Boolean = True"),
    ],
)
def test_inputs_have_the_types_that_signatures_show(header: str, shown: str) -> None:
    plan = named("any", f'"""Do something."""\n{header}\nresult = 1\n')

    assert plan.signature == f"any({shown}) -> Integer"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("result = 1", "1:1: no description in the first line: try "),
        ('"""Do."""\nimage: Picture\nresult = 1', "2:1: not a type: found Picture; allowed: Audio"),
        ('"""Do."""\nimage.x: Image\nresult = 1', "2:1: not an input: found image.x: Image"),
        ('"""Do."""\na: Text\na: Text\nresult = 1', "3:1: a is an input twice"),
        ('"""Do."""\na: Text = 1\nresult = 1', "2:1: a cannot have this default: found 1; "),
        ('"""Do."""\na: Text = f()\nresult = 1', "2:1: a cannot have this default: found f()"),
        ('"""Do."""\na: Text = ""\nb: Text\nresult = 1', "3:1: b has no default but follows an in"),
        ('"""Do."""\na: Text\nx = a', "3:1: the plan assigns no result: try result = …"),
        ('"""Do."""\nresult = 1\nsay("hello")', "3:1: a named plan cannot use say: try result = …"),
        ('"""Do."""\nresult = paint(1)', "2:10: unknown tool: found paint"),
        ('"""Do."""\nresult = 1 +', "2:1: invalid syntax: found result = 1 +"),
        ('"""Do."""\nresult = 1\na: Text', "3:1: assign one value to one new name"),
        ('"""Do."""\nresult = "\\d"', "2:11: not a valid escape in a text: found \\d"),
        ('"""Do."""\n', "1:1: the plan is empty"),
        ('"""Do."""\nimport os\nresult = 1', "2:1: import is not part of plans: found import os"),
        (
            '"""Do."""\nresult = 1\nremark = 2',
            "3:1: remark is added to the answer: found Integer; allowed: Text",
        ),
    ],
)
def test_whatever_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    assert problems_of(text)[0].startswith(problem)


def test_a_result_that_some_branches_do_not_give_is_refused() -> None:
    (problem,) = problems_of('"""Do."""\nn: Integer\nif n > 1:\n    result = 1\n')

    assert "result may have no value here: only some branches assign it" in problem


def test_a_call_is_checked_like_that_of_a_tool() -> None:
    with pytest.raises(PlanError, match="count_all needs Image for image") as caught:
        read_plan('words = count_all("a picture", colour=1)', CALLEES, NAMES)

    assert "count_all has no argument of this name" in str(caught.value)


async def test_it_runs_as_its_commands_each_with_a_path_of_its_own() -> None:
    performs = Performs()
    plan = read_plan('words = count_all(image1)\nsay("{words}")', CALLEES, NAMES)

    outcome = await interpret(plan, {"image1": PICTURE, **REST}, performs)

    assert outcome.values == {"words": "2 of apple"}
    assert [(site.path, site.text) for site in performs.sites] == [
        ("1/1", "detect(image, label)"),
        ("1/2", "count(found)"),
    ]


async def test_a_plan_within_a_plan_within_a_list_still_has_paths_that_never_change() -> None:
    performs = Performs()
    plan = read_plan("all = [look_closer(p) for p in [image1, image1]]", CALLEES, NAMES)

    outcome = await interpret(plan, {"image1": PICTURE, **REST}, performs)

    words = ["2 of apple", "2 of apple"]
    assert outcome.values == {"all": [words, words]}
    assert sorted(site.path for site in performs.sites if site.tool.name == "count") == [
        "1[0].0/2[0].0/2",
        "1[0].0/2[1].0/2",
        "1[1].0/2[0].0/2",
        "1[1].0/2[1].0/2",
    ]


async def test_calls_that_read_the_same_differ_however_deep_they_stand() -> None:
    performs = Performs()
    plan = read_plan(
        'a = draw_twice("cat")\nb = draw_twice("cat")\nc = [draw_twice("cat") for n in range(3)]',
        CALLEES,
        NAMES,
    )

    await interpret(plan, {"image1": PICTURE, **REST}, performs)

    occurrences = [site.occurrence for site in performs.sites]
    assert len(occurrences) == 10
    assert len(set(occurrences)) == 10


async def test_a_failure_within_is_told_with_its_place_and_takes_the_call_with_it() -> None:
    plan = read_plan(
        'words = count_all(image1)\nn = 1 + 1\nsay("{words}")\nsay("{n}")', CALLEES, NAMES
    )

    outcome = await interpret(plan, {"image1": PICTURE, **REST}, Performs("detect"))

    (failure,) = outcome.failures
    assert (failure.path, failure.line) == ("1/1", 1)
    assert failure.text == "detect(image, label) in count_all(image1)"
    assert [(skip.path, skip.reason) for skip in outcome.skipped] == [
        ("1", "needs count_all(image1), which failed"),
        ("1/2", "needs found, which failed"),
        ("1/3", "needs n, which was skipped"),
        ("3", "needs words, which was skipped"),
    ]
    assert outcome.values == {"n": 2}


def test_the_steps_of_a_plan_are_its_calls_and_its_commands_those_of_tools() -> None:
    plan = read_plan(
        'cut = crop(image1, box)\nwords = count_all(cut, "pear")\nvoice = speak(words)',
        CALLEES,
        {**NAMES, "box": TOOLS["crop"].parameters[1].type},
    )

    assert [step.text for step in steps(plan)] == [
        "crop(image1, box)",
        'count_all(cut, "pear")',
        "speak(words)",
    ]
    assert [(each.path, each.name, each.text, each.needs) for each in commands(plan)] == [
        ("1", "cut", "crop(image1, box)", ("image1", "box")),
        ("2/1", "", "detect(image, label)", ("cut",)),
        ("2/2", "", "count(found)", ("2/1",)),
        ("3", "voice", "speak(words)", ("2/2",)),
    ]
    assert [tool.name for tool in tools_of(plan)] == ["crop", "detect", "count", "speak"]


def test_the_calls_of_named_plans_count_as_those_of_their_commands() -> None:
    calls = ", ".join(["count_all(image1)"] * 101)

    with pytest.raises(PlanError, match="too many calls: found 202; allowed: 200"):
        read_plan(f"all = [{calls}]", CALLEES, NAMES)


REST: dict[str, Value] = {name: "" for name in NAMES if name != "image1"}
