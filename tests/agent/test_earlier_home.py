"""A home folder that version 0.1.0 wrote opens: runs, conversations, checkpoints, votes."""

import gzip
import json
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.record.events import AnswerFinished, CommandStarted, RunResumed
from agent.record.journal import Runs
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from agent.web.agent_pool import AgentPool
from agent.web.chat import Chat
from agent.web.page.page_rendering import PageRenderer
from agent.web.store.votes import Votes
from tests.agent.web.conftest import House

EARLIER_HOME = Path(__file__).parents[1] / "data" / "home_0_1"
LANGUAGE_MODEL = "scripted:replies.txt"
"""As the runs name it: beside the home, in the working directory of the server."""
FIRST, SECOND = "20261130-193243-52824f7fb5e4e40b", "20261130-193248-9ce6a0903c2cddb0"
GREY = "d54104bf59b3078bdd6ab0a10208262c7df6d452d25bfd0e14919a62d68f7abc"


@pytest.fixture
def earlier_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    shutil.copytree(EARLIER_HOME, home)
    packed = home / "checkpoints.sqlite.gz"
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    monkeypatch.setenv("BATUTA_HOME", str(home))
    monkeypatch.chdir(home)
    return home


@pytest.fixture
async def house(earlier_home: Path) -> AsyncGenerator[House]:
    chat = Chat(AgentPool(Settings(language_model=LANGUAGE_MODEL)))
    await chat.start()
    yield House(chat, earlier_home)
    await chat.close()


def test_every_line_of_every_trace_is_read(earlier_home: Path) -> None:
    runs = sorted((earlier_home / "runs").iterdir())

    assert len(runs) == 6
    for folder in runs:
        lines = (folder / "events.jsonl").read_text().splitlines()
        assert len(list(Runs(earlier_home / "runs").find(folder.name).events())) == len(lines)


def test_runs_are_listed_with_their_states(earlier_home: Path) -> None:
    listed = json.loads(CliRunner().invoke(app, ["runs", "--json"]).stdout)

    assert [(run["request"], run["state"]) for run in listed] == [
        ("Stop in the middle", "stopped"),
        ("Show the marked part (region1 is a marked box in image1)", "done"),
        ("Turn it grey", "done"),
        ("Do it twice", "waiting"),
        ("Show the corner", "failed"),
        ("Turn it grey", "done"),
    ]


def test_a_run_is_replayed_with_the_texts_of_its_results(earlier_home: Path) -> None:
    result = CliRunner().invoke(app, ["replay", "d89a5d"], env={"COLUMNS": "100"})

    assert result.exit_code == 0
    assert "a picture of 32×24 pixels" in result.output
    assert "Here: [grey]" in result.stdout


def test_a_replay_in_json_has_the_names_of_this_version(earlier_home: Path) -> None:
    result = CliRunner().invoke(app, ["replay", "d89a5d", "--json"])

    names = [json.loads(line)["event"] for line in result.stdout.splitlines()]
    assert "UsageReported" in names
    assert "AnswerFinished" in names
    assert not {"Spent", "Answered"} & {*names}


async def test_the_page_shows_a_conversation_with_results_vote_and_plan(house: House) -> None:
    tab = house.chat.open(house.chat.visitors.get("ann"), FIRST)

    blocks, tray, _, conversations = await PageRenderer(house.chat).render(tab)

    page = "".join(block["html"] for block in blocks)
    assert [view.state for view in map(house.chat.view, tab.conversation.runs)] == [
        "done",
        "failed",
        "waiting",
    ]
    assert GREY in page
    assert "Turn it grey" in page
    assert "too dark" in page
    assert "is empty or outside the picture" in page
    assert conversations[0]["html"].count("<li ") == 2
    assert tray


async def test_the_page_shows_the_region_that_was_drawn(house: House) -> None:
    tab = house.chat.open(house.chat.visitors.get("ann"))

    turns = await house.chat.turns(tab)

    assert tab.conversation.id == SECOND
    (drawing,) = tab.conversation.drawings.values()
    assert house.chat.may_see(tab, drawing)
    assert "This part:" in turns[-1].view.answer


def test_votes_are_read(earlier_home: Path) -> None:
    (sample,) = Votes(earlier_home).samples(Runs(earlier_home / "runs"))

    assert (sample.request, sample.up, sample.reason) == ("Turn it grey", False, "too dark")
    assert sample.answer == "Here: [grey]"


async def test_a_plan_that_waited_runs_when_it_is_approved(house: House) -> None:
    tab = house.chat.open(house.chat.visitors.get("ann"), FIRST)
    run = tab.conversation.active_run

    await house.chat.decide(tab, run, "approve")

    view = await house.until(tab, "done", "failed")
    assert (view.state, view.error) == ("done", "")
    assert view.answer == "Both: [lines[0]], [lines[1]]"


async def test_a_conversation_continues_with_its_names(house: House) -> None:
    tab = house.chat.open(house.chat.visitors.get("ann"))

    view = await house.ask(tab, "Turn it grey")

    assert (view.state, view.error) == ("done", "")
    assert len(tab.conversation.runs) == 3
    assert view.answer == "Here: [grey_2]"  # there is a grey already
    assert view.results[0].value == {"artifact": GREY, "kind": "image"}


async def test_undo_goes_back_before_a_run(house: House) -> None:
    tab = house.chat.open(house.chat.visitors.get("ann"))
    run = tab.conversation.runs[-1]

    await house.chat.undo(tab, run)

    agent = await house.chat.agent_of(tab.visitor)
    assert tab.conversation.runs == ["20261130-193248-475843"]
    assert "part" not in await agent.conversation_names(SECOND)


async def test_a_stopped_run_goes_on_after_its_first_command(earlier_home: Path) -> None:
    async with AgentRuntime.open(Settings(language_model=LANGUAGE_MODEL)) as agent:
        events = [event async for event in agent.resume("35f4c7")]

    (resumed,) = [event for event in events if isinstance(event, RunResumed)]
    assert resumed.finished_commands == 1
    started = [event.text for event in events if isinstance(event, CommandStarted)]
    assert started == ["box(1, 1, 9, 9)", "crop(image1, box(1, 1, 9, 9))", "grayscale(second)"]
    (answer,) = [event for event in events if isinstance(event, AnswerFinished)]
    assert answer.text == "[first] and [third]"


async def test_a_plan_that_waited_may_be_refused(earlier_home: Path) -> None:
    async with AgentRuntime.open(Settings(language_model=LANGUAGE_MODEL)) as agent:
        events = [event async for event in agent.resume("0c9664", Decision("refuse"))]

    assert "the plan was refused" in repr(events[-1])
