"""The synchronous Python API, on scripted plans and small real tools."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import PIL.Image
import pytest

from agent import Agent, BatutaError, Budget, RunFailed, events
from tests.agent.conftest import SLOW_TOOLS
from tools import Image, tool
from tools.errors import Cancelled, InputError, PluginError


def shout(text: str) -> str:
    """Return a text in capitals."""
    return text.upper()


@tool(ask=True)
def order(item: str) -> str:
    """Order something in a shop."""
    return f"{item} ordered"


def test_a_request_is_planned_and_answered_with_an_image(photo: Path, script: str) -> None:
    with Agent.open(language_model=script) as agent:
        answer = agent.run("Turn it grey", files=[photo])

    assert answer.text == "Here: [grey]"
    assert answer.plan == 'grey = grayscale(image1)\nsay("Here: {grey}")\n'
    (image,) = answer.images
    assert image.size == (8, 6)
    assert image.pixels.getpixel((0, 0)) == (67, 67, 67)
    assert (answer.audio, answer.videos, answer.tables) == ([], [], [])


def test_a_written_plan_needs_no_language_model(photo: Path) -> None:
    with Agent.open(language_model="scripted:/nowhere") as agent:
        answer = agent.run(files=[photo], plan="grey = grayscale(image1)")

    assert list(answer.values) == ["image1", "grey"]


def test_files_are_paths_texts_and_media_in_memory(photo: Path) -> None:
    pixels = PIL.Image.new("RGB", (5, 4))

    with Agent.open() as agent:
        answer = agent.run(
            files=[str(photo), Image(pixels), pixels.resize((3, 2))],
            plan='say("{image1} {image2} {image3}")',
        )

    assert [image.size for image in answer.images] == [(8, 6), (5, 4), (3, 2)]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("photo.jpg", "files=['photo.jpg']"),
        ([17], "a file is 17"),
        (["nothing.png"], "nothing.png"),
    ],
)
def test_files_that_cannot_be_used_are_refused_with_a_hint(
    home: Path, files: object, message: str
) -> None:
    with Agent.open() as agent, pytest.raises(InputError) as caught:
        agent.run(plan='say("hello")', files=files)  # pyright: ignore[reportArgumentType]

    assert message in str(caught.value)
    assert "\nhint: " in str(caught.value)


def test_a_function_is_a_tool(home: Path) -> None:
    with Agent.open(tools=[shout]) as agent:
        answer = agent.run(plan='loud = shout("hello")\nsay(loud)')

    assert answer.text == "HELLO"


def test_tools_in_a_file_are_loaded_and_a_broken_file_is_refused(home: Path) -> None:
    with Agent.open(tools=[str(SLOW_TOOLS)]) as agent:
        assert agent.run(plan='a = echo("x", ms=1)\nsay(a)').text == "x"

    broken = home / "broken.py"
    broken.write_text("import nothing_of_that_name")
    with pytest.raises(PluginError, match="nothing_of_that_name"):
        Agent.open(tools=[broken])


@pytest.mark.parametrize("function", [lambda text: text, len])
def test_a_function_without_types_or_docstring_is_refused(home: Path, function: object) -> None:
    with pytest.raises(PluginError) as caught:
        Agent.open(tools=[function])  # pyright: ignore[reportArgumentType]

    assert caught.value.hint


def test_a_function_may_not_take_the_name_of_a_tool(home: Path) -> None:
    def crop(text: str) -> str:
        """Crop a text."""
        return text

    with pytest.raises(PluginError, match="already a tool 'crop'"):
        Agent.open(tools=[crop])


def test_the_runs_of_a_conversation_know_each_others_names(photo: Path) -> None:
    with Agent.open() as agent:
        first = agent.run(files=[photo], plan="grey = grayscale(image1)")
        second = agent.run(plan='say("{grey}")', conversation=first.conversation)
        with pytest.raises(RunFailed, match="grey"):
            agent.run(plan='say("{grey}")')

    assert second.images[0].digest == first.images[0].digest
    assert second.run != first.run


def test_a_conversation_has_the_id_that_the_caller_gives(photo: Path) -> None:
    with Agent.open() as agent:
        agent.run(files=[photo], plan="grey = grayscale(image1)", conversation="holiday")
    with Agent.open() as agent:
        answer = agent.run(plan='say("{grey}")', conversation="holiday")

    assert len(answer.images) == 1


def test_the_seed_decides_what_a_seeded_tool_returns(home: Path) -> None:
    plan = 'lot = draw_lots()\nsay("{lot}")'
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        texts = [agent.run(plan=plan, seed=seed).text for seed in (3, 3, 4)]

    assert texts[0] == texts[1] != texts[2]


def test_the_profile_decides_which_tools_there_are(home: Path) -> None:
    with pytest.raises(BatutaError, match="'nowhere'"):
        Agent.open(profile="nowhere")


def test_another_home_has_runs_of_its_own(home: Path) -> None:
    with Agent.open(home=home / "other") as agent:
        run = agent.run(plan='say("hello")').run

    assert (home / "other" / "runs" / run).is_dir()
    assert not (home / "home").exists()


def test_events_are_an_iterator(photo: Path, script: str) -> None:
    with Agent.open(language_model=script) as agent:
        kinds = [type(event) for event in agent.stream("Turn it grey", files=[photo])]

    assert kinds[0] is events.RunStarted
    assert events.PlanText in kinds
    assert kinds.index(events.CommandStarted) < kinds.index(events.CommandFinished)
    assert kinds[-1] is events.RunFinished


def test_the_answer_of_a_streamed_run_is_read_by_its_id(photo: Path, script: str) -> None:
    with Agent.open(language_model=script) as agent:
        started, *_ = agent.stream("Turn it grey", files=[photo])
        assert isinstance(started, events.RunStarted)

        assert agent.answer(started.run).images[0].size == (8, 6)


def test_leaving_the_events_stops_the_run(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        run = ""
        for event in agent.stream(plan='a = echo("x", ms=60000)\nsay(a)'):
            if isinstance(event, events.RunStarted):
                run = event.run
            if isinstance(event, events.CommandStarted):
                break
        del event

        with pytest.raises(RunFailed, match="stopped"):
            agent.answer(run)


def test_a_failed_run_raises_and_keeps_what_was_finished(photo: Path) -> None:
    plan = 'grey = grayscale(image1)\nbad = crash("oh")\nsay("{grey} {bad}")'

    with Agent.open(tools=[SLOW_TOOLS]) as agent, pytest.raises(RunFailed, match="oh") as caught:
        agent.run(files=[photo], plan=plan)

    assert "\nhint: " in str(caught.value)
    assert caught.value.answer.values["grey"]
    assert caught.value.answer.outcome.state == "failed"


def test_a_plan_with_problems_raises_with_its_line(home: Path) -> None:
    with Agent.open() as agent, pytest.raises(RunFailed, match=r"1:5.*grayscal"):
        agent.run(plan="a = grayscal(image1)")


def test_a_failed_run_is_resumed_where_it_failed(home: Path) -> None:
    plan = 'a = echo("x", ms=1)\nb = fail_once("later")\nsay("{a} {b}")'
    flag = home / "flag"
    source = home / "fails.py"
    source.write_text(
        "from pathlib import Path\nfrom tools import ToolError, tool\n\n"
        "@tool(cache=False)\ndef fail_once(text: str) -> str:\n"
        '    """Fail until the file is there."""\n'
        f"    if not Path({str(flag)!r}).exists():\n"
        '        raise ToolError("not yet", hint="later")\n'
        "    return text\n"
    )
    with Agent.open(tools=[SLOW_TOOLS, source]) as agent:
        with pytest.raises(RunFailed, match="not yet") as caught:
            agent.run("go", plan=plan)
        flag.touch()
        answer = agent.resume(caught.value.answer.run)

    assert answer.text == "x later"
    assert answer.outcome.request == "go"
    assert (home / "log").read_text().count("begin x") == 1


def test_a_plan_runs_if_it_is_approved_and_not_otherwise(home: Path) -> None:
    plans: list[str] = []

    def decide(review: events.ReviewAsked) -> bool:
        plans.append(review.plan)
        return len(plans) == 1

    with Agent.open(tools=[shout]) as agent:
        assert agent.run(plan='say(shout("a"))', approve=decide).text == "A"
        with pytest.raises(RunFailed, match="refused"):
            agent.run(plan='say(shout("b"))', approve=decide)

    assert plans == ['say(shout("a"))\n', 'say(shout("b"))\n']


def test_a_tool_that_asks_waits_for_approval(home: Path) -> None:
    with Agent.open(tools=[order]) as agent:
        with pytest.raises(InputError, match="waits for approval") as caught:
            agent.run(plan='say(order("tea"))')
        (run,) = [path.name for path in (home / "home" / "runs").iterdir()]
        assert run in caught.value.hint

        assert agent.resume(run).text == "tea ordered"


def test_a_request_can_be_planned_without_running(photo: Path, script: str) -> None:
    with Agent.open(language_model=script) as agent:
        plan = agent.plan("Turn it grey", files=[photo])

    assert plan == 'grey = grayscale(image1)\nsay("Here: {grey}")\n'


def test_the_budget_limits_a_run(home: Path) -> None:
    budget = Budget(seconds=0.05)

    with (
        Agent.open(tools=[SLOW_TOOLS], budget=budget) as agent,
        pytest.raises(RunFailed, match="longer than"),
    ):
        agent.run(plan='a = echo("x", ms=60000)\nsay(a)')


def test_nothing_to_do_is_refused(home: Path) -> None:
    with Agent.open() as agent, pytest.raises(InputError, match="no request"):
        agent.run()


async def test_it_works_inside_a_running_event_loop(home: Path) -> None:
    with Agent.open(tools=[shout]) as agent:
        assert agent.run(plan='say(shout("a"))').text == "A"


def test_several_threads_use_one_agent(home: Path) -> None:
    texts: dict[str, str] = {}
    with Agent.open(tools=[SLOW_TOOLS]) as agent:

        def ask(word: str) -> None:
            texts[word] = agent.run(plan=f'a = echo("{word}", ms=20)\nsay(a)').text

        threads = [threading.Thread(target=ask, args=(word,)) for word in ("a", "b", "c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert texts == {"a": "a", "b": "b", "c": "c"}


def test_a_closed_agent_refuses_requests_and_may_be_closed_again(home: Path) -> None:
    agent = Agent.open()
    agent.close()
    agent.close()

    with pytest.raises(InputError, match="closed") as caught:
        agent.run("hello")
    assert "Agent.open()" in caught.value.hint


def test_closing_stops_a_run_of_another_thread(home: Path) -> None:
    agent = Agent.open(tools=[SLOW_TOOLS])
    errors: list[BaseException] = []

    def ask() -> None:
        with pytest.raises(Cancelled) as caught:
            agent.run(plan='a = echo("x", ms=60000)\nsay(a)')
        errors.append(caught.value)

    thread = threading.Thread(target=ask)
    thread.start()
    while not (home / "log").exists():
        time.sleep(0.01)
    agent.close()
    thread.join(10)

    assert not thread.is_alive()
    assert len(errors) == 1


def test_an_interrupt_stops_the_run(home: Path) -> None:
    def interrupt() -> None:
        while not (home / "log").exists():
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            agent.run(plan='a = echo("x", ms=60000)\nsay(a)')

    with Agent.open() as agent:
        (run,) = [path.name for path in (home / "home" / "runs").iterdir()]
        with pytest.raises(RunFailed, match="stopped"):
            agent.answer(run)


@pytest.mark.slow
def test_a_program_that_does_not_close_its_agent_ends(home: Path) -> None:
    program = "from agent import Agent\nagent = Agent.open()\nprint(agent.run(plan='say(\"hi\")'))"

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.stdout, ended.stderr, ended.returncode) == ("hi\n", "", 0)


@pytest.mark.slow
def test_importing_the_package_imports_no_library(home: Path) -> None:
    program = "import agent, sys; print(sorted({'pydantic', 'PIL', 'numpy'} & set(sys.modules)))"

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "[]\n"
