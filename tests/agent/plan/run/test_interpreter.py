"""Running plans: what starts when, what comes of failures, and that timing changes nothing."""

import asyncio
import textwrap
from collections.abc import Awaitable, Callable
from random import Random

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.plan import CallSite, Interpretation, MediaSegment, PlanError, interpret, read_plan
from tests.agent.plan.fuzz_plans import NAMES, TOOLS, PlanWriter, simulate_call
from tests.examples import examples
from tools import Audio, BadArgument, Box, Boxes, Image, ToolError, tool
from tools.errors import Cancelled, InputError
from tools.sdk.plan_types import Type, Value

PICTURE = Image(PIL.Image.new("RGB", (4, 4)))
SOUND = Audio.__new__(Audio)
GIVEN: dict[str, Value] = {"image1": PICTURE, "audio1": SOUND, "text1": "hello", "number1": 3}
BOXES = Boxes((Box(0, 0, 2, 1, "apple"), Box(3, 3, 4, 4, "pear")))

PEAR = "a pear at the bottom right, 1 × 1 pixels"


async def simple(site: CallSite) -> Value:
    """Every tool at once and with a result that can be told in advance."""
    results: dict[str, Value] = {
        "detect": BOXES,
        "count": 2,
        "crop": PICTURE,
        "draw": PICTURE,
        "read_text": "stop",
        "speak": SOUND,
        "transcribe": "hello",
        "mix": SOUND,
    }
    return results[site.tool.name]


async def run(
    text: str, performing: Callable[[CallSite], Awaitable[Value]] = simple
) -> Interpretation:
    plan = read_plan(textwrap.dedent(text), TOOLS, NAMES)
    return await interpret(plan, GIVEN, performing)


class Recording:
    """Performs like `simple` and keeps the sites it was given; tools named in `broken` fail."""

    def __init__(self, *broken: str) -> None:
        self.sites: list[CallSite] = []
        self.broken = broken

    async def __call__(self, site: CallSite) -> Value:
        self.sites.append(site)
        if site.tool.name in self.broken:
            raise ToolError(f"{site.tool.name} is broken")
        return await simple(site)

    @property
    def paths(self) -> list[str]:
        return sorted(site.path for site in self.sites)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("7 // 2 + 7 % 4", 6),
        ("7 / 2", 3.5),
        ("2 ** 10", 1024),
        ("-number1", -3),
        ("1 < number1 <= 3", True),
        ('"ell" in text1 and not "x" in text1', True),
        ("2 not in [1, 2]", False),
        ("number1 and 0 or 7", 7),
        ('"many" if number1 > 2 else "few"', "many"),
        ("[n * n for n in range(5) if n % 2]", [1, 9]),
        ("sum([n > 1 for n in range(4)])", 2),
        ("sorted([3, 1, 2])[-1]", 3),
        ("max([1, 5, 2]) + min(4, 2) + abs(-1)", 8),
        ("round(2.567, 1)", 2.6),
        ("round(2.5)", 2),
        ("[1] + [2]", [1, 2]),
        ("detect(image1)[1]", Box(3, 3, 4, 4, "pear")),
        ("[b for b in detect(image1)]", [Box(0, 0, 2, 1, "apple"), Box(3, 3, 4, 4, "pear")]),
        ("len(detect(image1)) + len(text1)", 7),
        ('text1 + "!"', "hello!"),
        ('"{text1}, {number1} times {{or so}}"', "hello, 3 times {or so}"),
        ("str(0.1 + 0.2)", "0.3"),
        ("str([1, 2.0, True, None])", "1, 2, yes, nothing"),
        ("str(detect(image1)[0])", "apple at (0, 0)–(2, 1)"),
    ],
)  # fmt: skip
async def test_expressions_have_their_values(expression: str, value: Value):
    result = await run(f"x = {expression}")
    assert result.values == {"x": value}
    assert type(result.values["x"]) is type(value)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 / (number1 - 3)", "1 / 0 has no value: division by zero"),
        ("[1][number1]", "there is no item 3 among 1"),
        ("99999 * 99999", "the result is not a number below 1000000000"),
        ("2 ** 2 ** 9", "2 ** 512 is too large"),
        ("(-8) ** 0.5", "the result is not a number below 1000000000"),
        ("max(range(0))", "max of an empty list has no value"),
        ("range(number1 * 100)", "a range of 300 numbers is too long, 100 are allowed"),
        ("range(1, 9, number1 - 3)", "the step of range cannot be 0"),
        ("[n for n in range(100)] + [1]", "a list of 101 items is too long, 100 are allowed"),
    ],
)
async def test_what_has_no_value_is_a_failure_of_its_line(expression: str, message: str):
    result = await run(f"y = 1\nx = {expression}\n")
    assert result.values == {"y": 1}
    (failure,) = result.failures
    assert (failure.path, failure.name, failure.line) == ("2", "x", 2)
    assert isinstance(failure.error, BadArgument)
    assert failure.error.message == message


async def test_texts_cannot_grow_without_end():
    lines = [f'a{n + 1} = "{{a{n}}}{{a{n}}}"' for n in range(20)]
    result = await run('a0 = "1234567890"\n' + "\n".join(lines))
    assert result.failures[0].error.message == (
        "a text of 163840 characters is too long, 100000 are allowed"
    )
    assert max(len(str(value)) for value in result.values.values()) == 81920


async def test_lists_within_lists_cannot_grow_without_end():
    lines = ["a0 = [1, text1]"]
    lines += [f"a{n + 1} = [{', '.join([f'a{n}'] * 9)}, 1]" for n in range(9)]
    result = await run("\n".join(lines))
    assert len(result.failures) == 1
    assert len(result.skipped) > 1


async def test_a_call_gets_every_parameter_by_name_but_no_seed():
    recording = Recording()
    await run('x = detect(image1)\ny = draw("a {number1}")\nz = draw("b", seed=4)', recording)
    assert [(site.path, site.name, site.arguments) for site in recording.sites] == [
        ("1", "x", {"image": PICTURE, "label": ""}),
        ("2", "y", {"prompt": "a 3", "style": "oil"}),
        ("3", "z", {"prompt": "b", "style": "oil", "seed": 4}),
    ]


async def test_whole_numbers_become_numbers_and_boxes_become_lists_where_a_tool_wants_them():
    @tool
    def enlarge(boxes: list[Box], factor: float) -> int:
        """Make boxes larger."""
        raise NotImplementedError

    given: list[object] = []

    async def keep(site: CallSite) -> Value:
        given.append(list(site.arguments.values()))
        return 1

    plan = read_plan("x = enlarge(found, 2)", {"enlarge": enlarge}, {"found": Type("Boxes")})
    await interpret(plan, {"found": BOXES}, keep)
    assert repr(given) == f"[[{list(BOXES)!r}, 2.0]]"


async def test_paths_and_occurrences_depend_on_the_place_in_the_plan_alone():
    recording = Recording()
    await run(
        """\
        a = draw("cat")
        b = [draw("cat") for n in range(3) if count(detect(image1)) > n]
        c = read_text(draw("cat"))
        if c == "stop":
            d = draw("cat")
        """,
        recording,
    )
    cats = {site.path: site.occurrence for site in recording.sites if site.text == 'draw("cat")'}
    assert sorted(cats) == ["1", "2[0].0", "2[1].0", "3.0", "4.1.1"]
    assert len(set(cats.values())) == 5
    assert recording.paths == [
        *("1", "2[0].0", "2[0].1.0", "2[0].1.0.0", "2[1].0", "2[1].1.0", "2[1].1.0.0"),
        *("2[2].1.0", "2[2].1.0.0", "3", "3.0", "4.1.1"),
    ]


async def test_what_is_not_taken_is_not_performed():
    recording = Recording()
    result = await run(
        """\
        a = draw("yes") if number1 > 2 else draw("no")
        b = number1 > 2 or count(detect(image1)) > 0
        if number1 < 2:
            c = draw("no")
        elif number1 < 4:
            c = draw("yes")
        else:
            c = draw(text1)
        """,
        recording,
    )
    assert [site.text for site in recording.sites] == ['draw("yes")', 'draw("yes")']
    assert sorted(result.values) == ["a", "b", "c"]
    assert not result.skipped


async def test_calls_run_at_the_same_time_and_each_starts_when_its_own_inputs_are_there():
    running: set[str] = set()
    most = 0
    slow = asyncio.Event()

    async def perform_and_watch(site: CallSite) -> Value:
        nonlocal most
        running.add(site.path)
        most = max(most, len(running))
        if site.path == "1":
            await slow.wait()
        if site.path == "4":
            # Reached while the first call is still running: nothing waits for what it needs not.
            assert "1" in running
            slow.set()
        await asyncio.sleep(0)
        running.discard(site.path)
        return await simple(site)

    result = await run(
        """\
        a = draw("slow")
        b = draw("quick")
        c = read_text(b)
        d = speak(c)
        e = crop(a, detect(b))
        """,
        perform_and_watch,
    )
    assert sorted(result.values) == ["a", "b", "c", "d", "e"]
    assert most >= 2


async def test_a_failure_takes_with_it_what_needs_it_and_nothing_else():
    recording = Recording("transcribe")
    result = await run(
        """\
        heard = transcribe(audio1)
        said = speak(heard)
        seen = read_text(image1)
        both = [said]
        say("{seen}")
        say("{heard}")
        """,
        recording,
    )
    assert sorted(result.values) == ["seen"]
    assert [(f.path, f.name, f.line, f.text) for f in result.failures] == [
        ("1", "heard", 1, "transcribe(audio1)")
    ]
    assert [(s.path, s.name, s.line, s.text, s.reason) for s in result.skipped] == [
        ("2", "said", 2, "said = speak(heard)", "needs heard, which failed"),
        ("4", "both", 4, "both = [said]", "needs said, which was skipped"),
        ("6", "", 6, 'say("{heard}")', "needs heard, which failed"),
    ]
    assert result.messages == (("stop",),)


async def test_a_failure_within_a_line_names_the_call_that_failed():
    result = await run("x = speak(read_text(image1))", Recording("read_text"))
    assert [(f.path, f.name, f.text) for f in result.failures] == [("1.0", "", "read_text(image1)")]
    assert [(s.path, s.name, s.reason) for s in result.skipped] == [
        ("1", "x", "needs read_text(image1), which failed")
    ]


async def test_a_condition_that_fails_skips_its_block_and_all_after_it():
    result = await run(
        """\
        if number1 > 5:
            a = 1
        elif [1][number1] > 2:
            a = 2
        else:
            a = 3
        b = a
        """
    )
    assert [(f.path, f.line, f.text) for f in result.failures] == [("1.2.0", 3, "[1][number1] > 2")]
    assert [(s.path, s.name, s.reason) for s in result.skipped] == [
        ("1.2.1", "a", "needs [1][number1] > 2, which failed"),
        ("1.3.1", "a", "needs [1][number1] > 2, which failed"),
        ("2", "b", "needs a, which was skipped"),
    ]


async def test_a_word_to_choose_is_checked_when_it_is_known():
    result = await run("x = draw(text1, style=text1)")
    assert result.failures[0].error.message == (
        'draw takes "oil" or "ink" for style, not \'hello\''
    )


async def test_a_comprehension_makes_no_more_than_200_calls():
    result = await run("x = [count(detect(crop(draw(text1), detect(image1)))) for n in range(60)]")
    assert result.failures[0].error.message == "the list would make 300 calls, 200 are allowed"


async def test_pictures_stay_pictures_in_what_is_said_and_words_are_words():
    result = await run(
        """\
        found = detect(image1)
        pictures = [draw("{b}") for b in found]
        say("Found {found}, drawn {pictures}; heard {audio1}, {number1}")
        say(image1)
        say("{pictures[1]}")
        say(text1)
        """
    )
    assert result.messages == (
        (
            "Found an apple at the top left (2 × 1 pixels) and "
            "a pear at the bottom right (1 × 1 pixels), drawn ",
            MediaSegment("pictures[0]", PICTURE),
            ", ",
            MediaSegment("pictures[1]", PICTURE),
            "; heard ",
            MediaSegment("audio1", SOUND),
            ", 3",
        ),
        (MediaSegment("image1", PICTURE),),
        (MediaSegment("pictures[1]", PICTURE),),
        ("hello",),
    )


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ('found = detect(image1)\nsay("There are {found} things.")', "There are 2 things."),
        ('found = detect(image1)\nsay("It is here: {found[1]}")', f"It is here: {PEAR}"),
        ("say(detect(image1)[1])", PEAR),
        ('found = detect(image1)\npear = found[1]\nsay("Here: {pear}")', f"Here: {PEAR}"),
        (
            'found = detect(crop(image1, detect(image1)))\nsay("{found[1]}")',
            "a pear of 1 × 1 pixels",
        ),
        ('text = "There are {number1} pears"\nsay(text)', "There are 3 pears"),
        ('one = number1 - 2\ntext = "{one} pears"\nsay("{text}!")', "1 pear!"),
    ],
)
async def test_what_is_said_of_boxes_depends_on_the_sentence_and_the_picture(
    plan: str, sentence: str
):
    result = await run(plan)
    assert result.messages == ((sentence,),)


@pytest.mark.parametrize("error", [Cancelled("stop"), asyncio.CancelledError(), ValueError("bug")])
async def test_cancelling_ends_everything_at_once_and_is_raised(error: BaseException):
    ended: list[str] = []

    async def perform_until_stopped(site: CallSite) -> Value:
        if site.text == 'draw("stop")':
            await asyncio.sleep(0)
            raise error
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(site.path)
        return await simple(site)

    with pytest.raises(type(error)):
        await run(
            """\
            a = [draw("x") for n in range(2)]
            b = [read_text(image1), read_text(draw("stop"))]
            c = transcribe(audio1)
            """,
            perform_until_stopped,
        )
    assert sorted(ended) == ["1[0].0", "1[1].0", "2.0", "3"]


async def test_stopping_the_task_stops_the_calls():
    ended: list[str] = []

    async def perform_forever(site: CallSite) -> Value:
        try:
            return await asyncio.Event().wait()
        finally:
            ended.append(site.path)

    task = asyncio.create_task(
        run("a = draw(read_text(image1))\nb = speak(text1)", perform_forever)
    )
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["1.0", "2"]


async def test_a_name_that_the_plan_needs_and_that_has_no_value_is_an_error():
    plan = read_plan("x = transcribe(audio1)", TOOLS, NAMES)
    with pytest.raises(InputError, match="'audio1', which has no value now"):
        await interpret(plan, {"image1": PICTURE}, simple)


@examples(100)
@given(st.randoms(use_true_random=False), st.integers(0, 2**32))
async def test_the_order_in_which_calls_finish_changes_nothing(random: Random, seed: int):
    text = PlanWriter(random, mistakes=0.0).write()
    try:
        plan = read_plan(text, TOOLS, NAMES)
    except PlanError:
        return

    async def outcome(delays: Random) -> list[object]:
        sites: dict[str, tuple[object, ...]] = {}

        async def perform_late(site: CallSite) -> Value:
            told = {name: _told(value) for name, value in site.arguments.items()}
            sites[site.path] = (site.text, site.name, site.occurrence, told)
            for _ in range(delays.randint(0, 6)):
                await asyncio.sleep(0)
            return await simulate_call(site)

        result = await interpret(plan, GIVEN, perform_late)
        values = {name: _told(value) for name, value in result.values.items()}
        failures = [(f.path, f.name, f.line, f.text, str(f.error)) for f in result.failures]
        said = [[_told(segment) for segment in message] for message in result.messages]
        return [sites, values, failures, result.skipped, said]

    assert await outcome(Random(seed)) == await outcome(Random(seed + 1))


def _told(value: object) -> str:
    """Pictures and sounds of the trivial performer are all alike."""
    if isinstance(value, list):
        return str([_told(item) for item in value])
    if isinstance(value, MediaSegment):
        return f"{value.name}: {_told(value.value)}"
    return type(value).__name__ if isinstance(value, Image | Audio) else repr(value)
