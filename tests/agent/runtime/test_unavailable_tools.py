"""Tools that a profile has no model for: nobody is promised them, and everybody is told why."""

from pathlib import Path

import pytest

from agent.plan import PlanError
from agent.record.events import CommandStarted, Event, PlanAccepted
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.session import Session
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES

NO_MODELS = """\
summary = "nothing but the language model"
language_model = "local:qwen2.5-coder-1.5b"
sources = []
"""


@pytest.fixture
def bare(tmp_path: Path) -> Session:
    """A session in which no tool has a model, beside the shipped profiles."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "bare.toml").write_text(NO_MODELS)
    return Session.load("bare", home=tmp_path)


def test_a_tool_without_a_model_is_absent_and_one_that_needs_none_is_offered(
    bare: Session,
) -> None:
    assert "transcribe" in bare.absent
    assert "transcribe" not in bare.offered
    assert "grayscale" in bare.offered
    assert "summarize" in bare.offered


def test_the_sentence_names_the_profiles_that_have_a_model(bare: Session) -> None:
    told = bare.why_absent("transcribe")

    assert told.startswith("I cannot write down the words spoken in a sound here: profile 'bare'")
    assert "'offline'" in told
    assert "choose it with --profile " in told


def test_a_tool_whose_model_needs_npm_is_absent_with_the_way_to_get_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    reason = Session.load("offline", home=tmp_path).why_absent("extend")

    assert ": its model needs npm, which is not installed (install Node.js, which " in reason


def test_a_plan_written_by_hand_is_told_the_same(bare: Session) -> None:
    sound = bare.store.encode(open_media(SAMPLES["speech"]))

    with pytest.raises(PlanError) as caught:
        bare.read_plan('n = 1\nwords = transcribe(audio1)\nsay("{words}")', {"audio1": sound})

    assert str(caught.value) == f"2:1: {bare.why_absent('transcribe')}"


def test_a_named_plan_is_absent_with_the_first_of_its_tools_that_is(bare: Session) -> None:
    assert bare.why_absent("remove_named") == bare.why_absent("detect")


async def test_a_planner_that_reaches_for_an_absent_tool_answers_why_it_is_not_there(
    bare: Session, tmp_path: Path
) -> None:
    script = tmp_path / "replies.txt"
    script.write_text('words = transcribe(audio1)\nsay("She says: {words}")')
    followed = RunOutcome()
    events: list[Event] = []

    settings = Settings(profile="bare", language_model=f"scripted:{script}", home=tmp_path)
    async with AgentRuntime.open(settings) as agent:
        async for event in agent.run("What does she say?", [SAMPLES["speech"]]):
            followed.update(event)
            events.append(event)

    assert followed.state == "done"
    assert followed.answer == bare.why_absent("transcribe")
    assert not any(isinstance(event, CommandStarted) for event in events)
    (accepted,) = (event for event in events if isinstance(event, PlanAccepted))
    assert accepted.plan.startswith('say("I cannot write down the words spoken in a sound here')
