"""Named plans at hand: shipped ones, a person's own, broken ones left out."""

from pathlib import Path

import pytest

from agent.plan import NamedPlan
from agent.record.events import CommandFinished, CommandStarted, PlanAccepted, UsageReported
from agent.runtime.named_plans import NamedPlans
from agent.runtime.session import Session
from tests.agent.conftest import Try
from tools.home import home
from tools.sdk.registry import Registry
from tools.sdk.tool_check import LONGEST_DESCRIPTION

GREET = '"""Greet somebody."""\nname: Text = "you"\nresult = echo("Hello, {name}!", 0)\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def load(folder: Path, *files: Path) -> NamedPlans:
    return NamedPlans.load(Registry.load(user_folder=folder), files, user_folder=folder)


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.plan").write_text(text)


def test_all_plans_that_are_shipped_can_run_and_have_an_example(folder: Path) -> None:
    plans = load(folder)

    assert plans.broken == ()
    assert {"describe", "remove_named", "speech_to_speech"} <= set(plans)
    for plan in plans.values():
        assert len(plan.description) <= LONGEST_DESCRIPTION
        assert any(f"{plan.name}(" in example for example in plan.examples)


def test_a_persons_own_plans_are_added_and_may_call_each_other(folder: Path) -> None:
    write(
        folder,
        grey_all='"""Grey."""\na: list[Image]\nresult = [one_grey(each) for each in a]\n',
        one_grey='"""Grey."""\na: Image\nresult = grayscale(a)\n',
    )

    plans = load(folder)

    assert plans.broken == ()
    assert plans["grey_all"].signature == "grey_all(a: list[Image]) -> list[Image]"


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"bad": '"""Do."""\nresult = paint(1)'}, "bad.plan:2:10: unknown tool: found paint"),
        ({"me": '"""Do."""\nresult = me()'}, "the plan calls itself: me → me"),
        (
            {"one": '"""Do."""\nresult = two()', "two": '"""Do."""\nresult = one()'},
            "the plan calls itself: one → two → one",
        ),
        ({"crop": '"""Do."""\nresult = 1'}, "there is a tool crop(image: Image, region: Region)"),
        ({"describe": '"""Do."""\nresult = 1'}, "there is already a plan 'describe', in "),
        ({"say": '"""Do."""\nresult = 1'}, "'say' cannot be called in plans"),
        ({"Big": '"""Do."""\nresult = 1'}, "'Big' cannot be called in plans"),
    ],
)
def test_a_plan_that_cannot_run_is_reported_and_left_out(
    folder: Path, texts: dict[str, str], told: str
) -> None:
    write(folder, **texts)

    plans = load(folder)

    assert told in plans.broken[0].error
    assert "describe_video" in plans
    assert not any(plans[name].source.startswith(str(folder)) for name in texts if name in plans)


def test_a_file_that_is_no_text_is_reported(folder: Path) -> None:
    (folder / "odd.plan").write_bytes(b"\xff\xfe\x00")

    (broken,) = load(folder).broken

    assert "cannot be read" in broken.error


def test_a_plan_is_offered_only_where_all_of_its_tools_are(folder: Path) -> None:
    offered = Session.load("offline", home=home()).offered

    assert isinstance(offered["remove_named"], NamedPlan)
    assert "replace_named" not in offered


async def test_each_command_of_a_named_plan_is_an_event_and_counts(
    attempt: Try, folder: Path
) -> None:
    write(folder, greet=GREET)

    followed = await attempt.run(plan='first = greet("Ada")\nsay("{first}")')

    assert followed.outcome.answer == "Hello, Ada!"
    (accepted,) = followed.of(PlanAccepted)
    assert isinstance(accepted, PlanAccepted)
    assert [(step.path, step.tool) for step in accepted.steps] == [("1/1", "echo")]
    assert [e.path for e in followed.of(CommandStarted) if isinstance(e, CommandStarted)] == ["1/1"]
    (spent,) = followed.of(UsageReported)
    assert isinstance(spent, UsageReported)
    assert spent.commands == 1


async def test_a_run_that_failed_within_a_named_plan_goes_on_with_what_is_left(
    attempt: Try, folder: Path
) -> None:
    write(
        folder,
        two_steps='"""Do two things."""\na = echo("one", 0)\nn = flicker(3)\nresult = "{a}, {n}"\n',
    )

    failed = await attempt.run(plan='x = two_steps()\nsay("{x}")')
    again = await attempt.resume(failed.outcome.run)

    assert failed.outcome.state == "failed"
    assert again.outcome.answer == "one, 4"
    assert [e.path for e in again.of(CommandFinished) if isinstance(e, CommandFinished)] == ["1/2"]


async def test_the_planner_calls_a_named_plan_in_one_line(attempt: Try, folder: Path) -> None:
    write(folder, greet=GREET)

    followed = await attempt.run("Greet Ada", 'words = greet("Ada")\nsay("{words}")')

    assert followed.outcome.answer == "Hello, Ada!"


async def test_the_same_command_within_another_plan_is_known(attempt: Try, folder: Path) -> None:
    write(folder, greet=GREET)

    await attempt.run(plan='a = echo("Hello, Ada!", 0)\nsay("{a}")')
    followed = await attempt.run(plan='a = greet("Ada")\nsay("{a}")')

    (finished,) = followed.of(CommandFinished)
    assert isinstance(finished, CommandFinished)
    assert finished.cached


def test_planners_are_not_told_of_the_steps_of_named_plans(tmp_path: Path) -> None:
    session = Session.load("offline", home=tmp_path)

    assert "spoken_lines" in session.offered
    assert "spoken_lines" not in session.offered_for({})
    assert "subtitle" in session.offered_for({})


REMARKING = '"""Greet."""\nname: Text\nresult = "Hello, {name}!"\nremark = "That was {name}."\n'


async def test_the_remark_of_a_named_plan_is_a_sentence_of_the_answer(
    attempt: Try, folder: Path
) -> None:
    write(
        folder,
        greet_one=REMARKING,
        greet_both='"""Greet."""\na = greet_one("Ada")\nb = greet_one("Bea")\nresult = a + b\n',
    )

    followed = await attempt.run(plan='words = greet_both()\nsay("{words}")')
    without_say = await attempt.run(plan='words = greet_one("Cleo")')

    assert followed.outcome.answer == "Hello, Ada!Hello, Bea!\nThat was Ada.\nThat was Bea."
    assert without_say.outcome.answer == "words: Hello, Cleo!\nThat was Cleo."
