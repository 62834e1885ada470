import asyncio
import time
from contextlib import aclosing
from pathlib import Path

import PIL.Image
import pytest

from agent.plan import PlanError
from agent.record.artifacts import ArtifactStore
from agent.record.budget import Budget
from agent.record.events import (
    AnswerFinished,
    CommandFailed,
    CommandFinished,
    CommandProgress,
    CommandRetried,
    CommandSkipped,
    CommandStarted,
    PlanAccepted,
    PlanRejected,
    PlanText,
    ReviewAsked,
    RunFinished,
    UsageReported,
)
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from tests.agent.conftest import SLOW_TOOLS, Try
from tools.errors import InputError
from tools.media import Box


async def test_a_request_is_planned_run_and_answered(attempt: Try) -> None:
    plan = 'word = echo("hello", ms=1)\nsay("It said {word}.")'

    followed = await attempt.run("What does it say?", plan)

    assert followed.outcome.answer == "It said hello."
    assert followed.outcome.state == "done"
    assert "".join(event.text for event in followed.events if isinstance(event, PlanText)) == plan
    (spent,) = followed.of(UsageReported)
    assert isinstance(spent, UsageReported)
    assert (spent.language_model_calls, spent.commands) == (1, 1)
    assert spent.output_tokens > 0


async def test_files_are_named_in_the_order_given(attempt: Try, tmp_path: Path) -> None:
    paths = []
    for number, width in enumerate((8, 9)):
        paths.append(tmp_path / f"{number}.png")
        PIL.Image.new("RGB", (width, 7)).save(paths[-1])
    note = tmp_path / "note.txt"
    note.write_text("remember the milk")

    followed = await attempt.run(
        plan='say("{image2} {text1}")\ngrey = grayscale(image1)', files=(paths[0], note, paths[1])
    )

    assert followed.outcome.answer == "[image2] remember the milk"
    (result,) = followed.outcome.results
    assert isinstance(result.value, dict)
    store = ArtifactStore(str(tmp_path / "artifacts"))
    assert store.get(result.value["artifact"]).describe() == "a picture of 9×7 pixels"


async def test_the_pictures_of_a_folder_are_one_list(attempt: Try, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for width in (8, 9, 6):
        PIL.Image.new("RGB", (width, 7)).save(folder / f"{width}.png")

    followed = await attempt.run(
        plan='greys = [grayscale(each) for each in images1]\nn = len(images1)\nsay("{n}")',
        files=(folder,),
    )

    assert followed.outcome.answer == "3"


async def test_the_next_turn_knows_the_results_of_the_one_before(attempt: Try) -> None:
    first = await attempt.run("paint", 'red = paint(200, ms=1)\nsay("Here: {red}")')
    conversation = first.outcome.run

    second = await attempt.run(
        "how red?", 'n = redness(red, ms=1)\nsay("{n}")', conversation=conversation
    )

    assert second.outcome.answer == "200"


REMEMBER = ('when: rosebud\nsay("remembered")', 'say("forgotten")')


async def test_the_planner_reads_earlier_turns_from_their_traces(attempt: Try) -> None:
    first = await attempt.run("guess my word", 'say("It is rosebud.")')
    talk = first.outcome.conversation

    second = await attempt.run("which was it?", *REMEMBER, conversation=talk)
    (attempt.home / "runs" / first.outcome.run / "events.jsonl").unlink()
    third = await attempt.run("which was it?", *REMEMBER, conversation=talk)

    assert second.outcome.answer == "remembered"
    assert third.outcome.answer == "forgotten"


async def test_a_turn_that_was_undone_is_not_read(attempt: Try) -> None:
    first = await attempt.run("hello", 'say("Hello.")')
    talk = first.outcome.conversation
    second = await attempt.run("guess my word", 'say("It is rosebud.")', conversation=talk)
    async with AgentRuntime.open(Settings()) as agent:
        await agent.undo(second.outcome.run)

    third = await attempt.run("which was it?", *REMEMBER, conversation=talk)

    assert third.outcome.answer == "forgotten"


async def test_a_conversation_can_begin_with_the_turns_of_another(attempt: Try) -> None:
    first = await attempt.run("guess my word", 'say("It is rosebud.")')
    async with AgentRuntime.open(Settings()) as agent:
        state = await agent.conversation_state(first.outcome.conversation)
        await agent.begin_conversation("fork", state)
        fork = await agent.conversation_state("fork")

    answer = await attempt.run("which was it?", *REMEMBER, conversation="fork")

    expected = {"request": "guess my word", "answer": "It is rosebud."}
    assert [{**turn, "plan": ""} for turn in fork.turns] == [{**expected, "plan": ""}]
    assert answer.outcome.answer == "remembered"
    async with AgentRuntime.open(Settings()) as agent:
        turns = (await agent.conversation_state("fork")).turns
    assert [turn["request"] for turn in turns] == ["guess my word", "which was it?"]


async def test_two_conversations_do_not_share_names(attempt: Try) -> None:
    await attempt.run(plan="red = paint(200, ms=1)")

    followed = await attempt.run(plan="n = redness(red, ms=1)")

    assert followed.outcome.state == "failed"
    assert "red" in followed.outcome.error


async def test_the_same_command_again_is_known_and_not_run(attempt: Try) -> None:
    plan = 'word = echo("once", ms=1)\nsay(word)'
    await attempt.run(plan=plan)

    followed = await attempt.run(plan=plan)

    (finished,) = followed.of(CommandFinished)
    assert isinstance(finished, CommandFinished)
    assert finished.cached
    assert attempt.log() == ["begin once", "end once"]


async def test_equal_commands_at_the_same_time_run_once(attempt: Try) -> None:
    followed = await attempt.run(plan='a = echo("x", ms=20)\nb = echo("x", ms=20)\nsay(a + b)')

    assert followed.outcome.answer == "xx"
    assert attempt.log() == ["begin x", "end x"]


async def test_a_tool_that_may_not_be_cached_runs_each_time(attempt: Try) -> None:
    await attempt.run(plan="a = throw_dice(ms=1)\nb = throw_dice(ms=1)")

    assert attempt.log() == ["throw", "throw"]


async def test_repeated_commands_get_seeds_of_their_own_and_the_same_ones_again(
    attempt: Try,
) -> None:
    plan = (
        'a = draw_lots()\nb = draw_lots()\nc = [draw_lots() for i in range(2)]\nsay("{a} {b} {c}")'
    )

    first = await attempt.run(plan=plan, seed=3)
    again = await attempt.run(plan=plan, seed=3)
    other = await attempt.run(plan=plan, seed=4)

    seeds = first.outcome.answer.replace(" and ", " ").split()
    assert len(set(seeds)) == 4
    assert again.outcome.answer == first.outcome.answer
    assert other.outcome.answer != first.outcome.answer


async def test_everything_made_knows_how_it_was_made(attempt: Try, tmp_path: Path) -> None:
    followed = await attempt.run(plan='red = paint(200, ms=1)\nsay("{red}")')

    (result,) = followed.outcome.results
    assert isinstance(result.value, dict)
    artifact = ArtifactStore(str(tmp_path / "artifacts")).find(result.value["artifact"])
    assert artifact
    assert artifact.lineage
    assert artifact.lineage.command == "paint(200, ms=1)"
    assert artifact.lineage.arguments == {"number": 200, "ms": 1}


async def test_what_depends_on_a_failed_command_is_skipped_and_the_rest_goes_on(
    attempt: Try,
) -> None:
    plan = """
bad = crash("boom")
next = echo(bad, ms=1)
good = echo("fine", ms=1)
say("{good}")
say("{next}")
"""

    followed = await attempt.run(plan=plan)

    assert followed.outcome.state == "failed"
    assert followed.outcome.answer.startswith("fine\n")
    assert "crash failed: ZeroDivisionError: boom" in followed.outcome.answer
    assert len(followed.of(CommandFailed)) == 1
    assert "next" in {event.name for event in followed.events if isinstance(event, CommandSkipped)}


async def test_a_passing_fault_is_tried_again(attempt: Try) -> None:
    followed = await attempt.run(plan='n = flicker(2)\nsay("{n}")')

    assert followed.outcome.answer == "3"
    assert [event.rule for event in followed.events if isinstance(event, CommandRetried)] == [
        "retry",
        "retry",
    ]


async def test_a_fault_that_does_not_pass_fails_in_the_end(attempt: Try) -> None:
    followed = await attempt.run(plan="n = flicker(9)")

    assert attempt.log() == ["flicker"] * 3
    assert followed.outcome.state == "failed"


async def test_out_of_memory_is_relieved_and_tried_again_once(attempt: Try) -> None:
    relieved = await attempt.run(plan='n = swell(1)\nsay("{n}")')
    hopeless = await attempt.run(plan="n = swell(99)")

    assert relieved.outcome.answer == "2"
    assert hopeless.outcome.state == "failed"
    assert "too large" in hopeless.outcome.error


async def test_a_tool_that_breaks_its_promise_is_named(attempt: Try) -> None:
    followed = await attempt.run(plan="n = lie()")

    (failed,) = followed.of(CommandFailed)
    assert isinstance(failed, CommandFailed)
    assert failed.error.startswith("lie returned Text instead of Integer")
    assert "slow_tools.py" in failed.error


async def test_a_wrong_argument_goes_back_to_the_planner_and_what_succeeded_is_kept(
    attempt: Try,
) -> None:
    followed = await attempt.run(
        "say it",
        'good = echo("kept", ms=1)\nbad = refuse("nonsense")\nsay("{good} {bad}")',
        'other = echo("mended", ms=1)\nsay("{good} {other}")',
    )

    assert followed.outcome.answer == "kept mended"
    assert followed.outcome.state == "done"
    assert [e.attempt for e in followed.events if isinstance(e, PlanAccepted)] == [0, 1]
    assert attempt.log() == ["begin kept", "end kept", "begin mended", "end mended"]


async def test_a_wrong_plan_is_repaired_with_its_problems(attempt: Try) -> None:
    followed = await attempt.run("go", "say(nobody)", 'say("repaired")')

    assert followed.outcome.answer == "repaired"
    (rejected,) = followed.of(PlanRejected)
    assert isinstance(rejected, PlanRejected)
    assert "nobody" in rejected.problems[0]


async def test_a_model_that_only_writes_nonsense_ends_in_a_clear_error(attempt: Try) -> None:
    followed = await attempt.run("go", "I like turtles", "", "```python\nimport os\n```")

    assert followed.outcome.state == "failed"
    assert "wrote no plan that can run, in 3 tries" in followed.outcome.error
    assert "hint:" in followed.outcome.error
    assert not followed.of(CommandStarted)


async def test_a_request_about_a_file_that_was_not_given_asks_for_it(attempt: Try) -> None:
    plan = 'grey = grayscale(image1)\nsay("{grey}")'

    followed = await attempt.run("make it grey", plan, plan, plan)

    assert followed.outcome.error.startswith("the request needs a picture, and none was given")


async def test_a_plan_in_a_markdown_fence_is_taken_out_of_it(attempt: Try) -> None:
    followed = await attempt.run("go", 'Sure!\n```python\nsay("hello")\n```')

    assert followed.outcome.answer == "hello"


async def test_a_plan_that_says_nothing_is_answered_from_its_results(attempt: Try) -> None:
    followed = await attempt.run("echo it", 'w = echo("hi", ms=1)', "It answered: hi.")

    assert followed.outcome.answer == "It answered: hi."


async def test_a_written_plan_that_says_nothing_shows_its_results(attempt: Try) -> None:
    followed = await attempt.run(plan='a = echo("x", ms=1)\nb = echo(a, ms=1)')

    assert followed.outcome.answer == "b: x"
    assert not followed.of(PlanText)


async def test_a_wrong_written_plan_fails_with_all_its_problems(attempt: Try) -> None:
    followed = await attempt.run(plan='a = ecko("x", ms=1)\nb = echo(7)\nsay(c)')

    assert followed.outcome.state == "failed"
    for word in ("1:5", "ecko", "2:", "3:"):
        assert word in followed.outcome.error


async def test_a_plan_that_waits_can_be_approved_changed_or_refused(attempt: Try) -> None:
    async def waiting() -> str:
        followed = await attempt.run("go", 'say("yes")', ask_first=True)
        assert isinstance(followed.events[-1], ReviewAsked)
        return followed.outcome.run

    approved = await attempt.resume(await waiting(), Decision("approve"))
    changed = await attempt.resume(await waiting(), Decision("approve", 'say("changed")'))
    refused = await attempt.resume(await waiting(), Decision("refuse"))

    assert approved.outcome.answer == "yes"
    assert changed.outcome.answer == "changed"
    assert changed.outcome.plan == 'say("changed")\n'
    assert refused.outcome.state == "failed"
    assert "refused" in refused.outcome.error


async def test_a_waiting_run_asks_for_a_decision_and_keeps_waiting_after_a_wrong_plan(
    attempt: Try,
) -> None:
    run = (await attempt.run("go", 'say("yes")', ask_first=True)).outcome.run

    with pytest.raises(InputError, match="waits for a decision"):
        await attempt.resume(run)
    with pytest.raises(PlanError):
        await attempt.resume(run, Decision("approve", "say(nobody)"))

    assert (await attempt.resume(run, Decision("approve"))).outcome.answer == "yes"


async def test_a_stopped_run_stops_soon_and_goes_on_later(attempt: Try) -> None:
    plan = 'quick = echo("quick", ms=1)\nslow = echo("slow", ms=3000)\nsay("{quick} {slow}")'
    settings = Settings(tool_files=(SLOW_TOOLS,))
    async with AgentRuntime.open(settings) as agent:
        events = agent.run("go", plan=plan)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, CommandFinished):
                    break
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 1
    (summary,) = agent.runs.summaries()
    assert summary.state == "stopped"

    run = agent.runs.find(summary.id)
    assert [e.state for e in run.events() if isinstance(e, RunFinished)] == ["stopped"]
    assert attempt.log().count("begin quick") == 1
    assert "end slow" not in attempt.log()


async def test_resuming_a_failed_run_tries_only_what_failed(attempt: Try) -> None:
    plan = 'good = echo("good", ms=1)\nn = flicker(4)\nsay("{good} {n}")'
    failed = await attempt.run(plan=plan)
    assert failed.outcome.state == "failed"

    resumed = await attempt.resume(failed.outcome.run)

    assert resumed.outcome.answer == "good 5"
    assert resumed.outcome.state == "done"
    assert attempt.log().count("begin good") == 1


async def test_resuming_a_finished_run_only_tells_it_again(attempt: Try) -> None:
    run = (await attempt.run(plan='w = echo("x", ms=1)\nsay(w)')).outcome.run

    again = await attempt.resume(run)

    assert again.outcome.answer == "x"
    assert attempt.log() == ["begin x", "end x"]


async def test_progress_is_told_while_a_command_runs(attempt: Try) -> None:
    followed = await attempt.run(plan="n = count_up(ms=400)")

    told = [event for event in followed.events if isinstance(event, CommandProgress)]
    assert [event.message for event in told][:2] == ["step 0", "step 1"]
    assert told[-1].fraction == 1.0


async def test_a_command_that_takes_too_long_fails_and_its_tool_is_told_to_stop(
    attempt: Try,
) -> None:
    attempt.budget = Budget(command_seconds=0.1)

    followed = await attempt.run(plan='a = echo("long", ms=5000)\nb = echo("short", ms=1)\nsay(b)')

    assert "echo took longer than" in followed.outcome.answer
    assert followed.outcome.answer.startswith("short")
    assert "end long" not in attempt.log()


async def test_a_plan_of_too_many_commands_is_stopped_by_the_budget(attempt: Try) -> None:
    attempt.budget = Budget(commands=5)

    followed = await attempt.run(plan="a = [draw_lots() for i in range(9)]")

    assert followed.outcome.state == "failed"
    assert "more than 5 commands" in followed.outcome.error


async def test_a_request_that_makes_too_much_is_stopped_by_the_budget(attempt: Try) -> None:
    attempt.budget = Budget(result_bytes=100)

    followed = await attempt.run(plan="a = paint(1, ms=1)\nb = paint(2, ms=1)")

    assert followed.outcome.state == "failed"
    assert "100 are allowed" in followed.outcome.error


@pytest.mark.parametrize("budget", [Budget(language_model_calls=1), Budget(output_tokens=3)])
async def test_a_language_model_is_not_called_beyond_the_budget(
    attempt: Try, budget: Budget
) -> None:
    attempt.budget = budget

    followed = await attempt.run("go", "say(nobody)", 'say("repaired")')

    assert followed.outcome.state == "failed"
    assert "called the language model 1 times already" in followed.outcome.error


async def test_a_request_that_takes_too_long_is_stopped(attempt: Try) -> None:
    attempt.budget = Budget(seconds=0.2)

    followed = await attempt.run(plan='a = echo("long", ms=5000)')

    assert followed.outcome.state == "failed"
    assert "longer than" in followed.outcome.error


async def test_runs_at_the_same_time_do_not_mix(attempt: Try) -> None:
    async with AgentRuntime.open(Settings(tool_files=(SLOW_TOOLS,))) as agent:

        async def answer(number: int) -> str:
            plan = f'w = echo("{number}", ms={number * 3})\nsay("{{w}}")'
            found = [e async for e in agent.run("go", plan=plan) if isinstance(e, AnswerFinished)]
            return found[0].text

        answers = await asyncio.gather(*(answer(number) for number in range(8)))

    assert answers == [str(number) for number in range(8)]


async def test_an_unreadable_file_is_refused_before_a_run_begins(
    attempt: Try, tmp_path: Path
) -> None:
    lie = tmp_path / "picture.png"
    lie.write_bytes(b"\x00\x01\x02 not a picture")

    with pytest.raises(InputError, match=r"picture\.png"):
        await attempt.run(plan="say(1)", files=(lie,))
    with pytest.raises(InputError, match=r"missing\.png"):
        await attempt.run(plan="say(1)", files=(tmp_path / "missing.png",))
    assert not list((tmp_path / "runs").glob("*/events.jsonl"))


async def test_undoing_a_run_forgets_its_names_and_those_of_all_after_it(attempt: Try) -> None:
    first = await attempt.run(plan="red = paint(200, ms=1)")
    talk = first.outcome.run
    second = await attempt.run(plan="n = redness(red, ms=1)", conversation=talk)
    third = await attempt.run(plan="m = n + 1", conversation=talk)

    async with AgentRuntime.open(Settings(tool_files=(SLOW_TOOLS,))) as agent:
        forgotten = await agent.undo(second.outcome.run)
        names = await agent.describe_names(talk)

    assert forgotten == (second.outcome.run, third.outcome.run)
    assert list(names) == ["red"]
    again = await attempt.run(plan="n = redness(red, ms=1)\nsay(n)", conversation=talk)
    assert again.outcome.answer == "200"
    assert again.of(CommandFinished)[0].cached  # type: ignore[attr-defined]


async def test_undoing_the_first_run_leaves_nothing_of_a_conversation(attempt: Try) -> None:
    first = await attempt.run(plan="red = paint(200, ms=1)")

    async with AgentRuntime.open(Settings(tool_files=(SLOW_TOOLS,))) as agent:
        await agent.undo(first.outcome.run)
        assert await agent.describe_names(first.outcome.run) == {}

    again = await attempt.run(plan="red = paint(90, ms=1)", conversation=first.outcome.run)
    assert again.outcome.state == "done"


async def test_undoing_a_run_that_waits_for_a_decision_takes_it_back(attempt: Try) -> None:
    first = await attempt.run(plan="red = paint(200, ms=1)")
    talk = first.outcome.run
    second = await attempt.run(plan="n = redness(red, ms=1)", conversation=talk, ask_first=True)
    assert second.outcome.state == "waiting"

    async with AgentRuntime.open(Settings(tool_files=(SLOW_TOOLS,))) as agent:
        await agent.undo(second.outcome.run)

    again = await attempt.run(plan="n = redness(red, ms=1)\nsay(n)", conversation=talk)
    assert again.outcome.answer == "200"


async def test_values_of_the_store_are_given_under_their_names(attempt: Try) -> None:
    async with AgentRuntime.open(Settings(tool_files=(SLOW_TOOLS,))) as agent:
        region = agent.session.store.encode(Box(1, 2, 3, 4))
        plan = 'say("{region1}")'
        events = [
            event
            async for event in agent.run(
                "at which coordinates?", named_values={"region1": region}, plan=plan
            )
        ]

    (answered,) = [event for event in events if isinstance(event, AnswerFinished)]
    assert answered.text == "(1, 2)–(3, 4)"


async def test_damaged_content_is_made_again_by_the_same_command(attempt: Try) -> None:
    plan = 'red = paint(200, ms=1)\nsay("{red}")'
    first = await attempt.run(plan=plan)
    digest = first.outcome.results[0].value["artifact"]
    content = attempt.home / "artifacts" / digest[:2] / f"{digest}.png"
    content.write_bytes(content.read_bytes()[:30])

    again = await attempt.run(plan=plan)

    assert again.outcome.state == "done"
    assert again.outcome.results[0].value["artifact"] == digest
    with PIL.Image.open(content) as picture:
        assert picture.getpixel((0, 0)) == (200, 0, 0)


async def test_a_resumed_run_makes_damaged_content_again(attempt: Try) -> None:
    stopped = await attempt.run(plan='red = paint(200, ms=1)\nword = crash("no")\nsay("{red}")')
    (finished,) = stopped.of(CommandFinished)
    assert isinstance(finished, CommandFinished)
    digest = finished.value["artifact"]
    (attempt.home / "artifacts" / digest[:2] / f"{digest}.png").unlink()

    resumed = await attempt.resume(stopped.outcome.run)

    again = resumed.of(CommandFinished)
    assert [event.name for event in again] == ["red"]
    assert "no" in resumed.outcome.error
