"""What happens when a model does not fit or cannot be fetched: its smaller form, then the next."""

import sys
from pathlib import Path

import pytest

from agent.record.events import (
    CommandFailed,
    CommandRetried,
    Event,
    ModelChosen,
    RunFinished,
    RunStarted,
)
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings

MODELS = """
from tools import Model

class Holder(Model):
    def __init__(self, dtype):
        self.dtype = dtype

    @classmethod
    def load(cls, files, settings, device):
        if settings.get("dtype") == "float32":
            raise MemoryError("there are no 4 GB left")
        return cls(settings.get("dtype", "as it is"))
"""
TOOL = '''
from ladder_models import Holder
from tools import tool

@tool
def hold(model: Holder) -> str:
    """Say in which numbers the model is held.

    >>> numbers = hold()
    """
    return model.dtype
'''
CARD = """
[[model]]
id = "hold/{name}"
tools = ["hold"]
adapter = "ladder_models:Holder"
licence = "MIT"
commercial_use = true
quality = 1
quality_source = "how it was written"
limitations = "do more"
repositories = [{{ sources = ["file:{folder}"], files = ["*.json"], bytes = 2 }}]
[[model.variants]]
dtype = "float32"
memory_bytes = 4000
[[model.variants]]
dtype = "bfloat16"
memory_bytes = 2000
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile with two models: one whose weights are nowhere, one that is too large at first."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "ladder_models", raising=False)
    (tmp_path / "ladder_models.py").write_text(MODELS)
    (tmp_path / "tool.py").write_text(TOOL)
    (tmp_path / "weights").mkdir()
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text("{}")
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "hold.toml").write_text(
        CARD.format(name="lost", folder="/nowhere")
        + CARD.format(name="large", folder=tmp_path / "tiny")
    )
    (tmp_path / "profiles").mkdir()
    return tmp_path


def settings_of(home: Path, models: str, memory: int = 9000, limits: str = "") -> Settings:
    (home / "profiles" / "mine.toml").write_text(
        f'summary = "mine"\nmemory = {memory}\nlanguage_model = "scripted:x"\n{limits}\n'
        f"[models]\nhold = {models}\n"
    )
    (home / "replies.txt").write_text("")
    return Settings(
        profile="mine",
        language_model=f"scripted:{home / 'replies.txt'}",
        tool_files=(home / "tool.py",),
    )


async def events_of(home: Path, models: str, memory: int = 9000, limits: str = "") -> list[Event]:
    async with AgentRuntime.open(settings_of(home, models, memory, limits)) as agent:
        return [event async for event in agent.run("go", plan='how = hold()\nsay("{how}")')]


async def test_a_model_that_does_not_fit_is_tried_again_in_its_smaller_form(home: Path) -> None:
    events = await events_of(home, '["hold/large"]')

    chosen = [event for event in events if isinstance(event, ModelChosen)]
    assert [event.model for event in chosen] == ["hold/large", "hold/large", "hold/large#bfloat16"]
    assert chosen[0].reason.endswith("; in float32 (0.0 GB)")
    assert chosen[2].reason == (
        "the next best, as the one before could not be used; in bfloat16 (0.0 GB)"
    )
    retried = [event for event in events if isinstance(event, CommandRetried)]
    assert [event.rule for event in retried] == ["relieve", "relieve"]
    assert "no 4 GB left" in retried[0].error
    assert not [event for event in events if isinstance(event, CommandFailed)]


async def test_a_form_that_cannot_fit_is_not_tried_at_all(home: Path) -> None:
    events = await events_of(home, '["hold/large"]', memory=3000)

    (chosen,) = [event for event in events if isinstance(event, ModelChosen)]
    assert chosen.model == "hold/large"
    assert chosen.reason.endswith("; in bfloat16 (0.0 GB)")


async def test_weights_that_cannot_be_fetched_give_way_to_the_next_model_at_once(
    home: Path,
) -> None:
    events = await events_of(home, '["hold/lost", "hold/large"]', memory=3000)

    chosen = [event.model for event in events if isinstance(event, ModelChosen)]
    (retried,) = [event for event in events if isinstance(event, CommandRetried)]
    assert chosen == ["hold/lost", "hold/large"]
    assert retried.rule == "other"
    assert "there is no folder '/nowhere'" in retried.error


async def test_if_no_weights_can_be_fetched_the_command_fails_and_says_so(home: Path) -> None:
    events = await events_of(home, '["hold/lost"]')

    (failed,) = [event for event in events if isinstance(event, CommandFailed)]
    assert "could not be fetched from file:/nowhere" in failed.error


async def test_weights_above_the_limit_of_the_profile_are_not_fetched_without_consent(
    home: Path,
) -> None:
    events = await events_of(home, '["hold/large"]', memory=3000, limits="fetch_limit = 1")

    (failed,) = [event for event in events if isinstance(event, CommandFailed)]
    assert failed.error == (
        "'hold/large' is not here yet: 0.0 GB under the licence MIT, which `batuta models pull "
        "--profile mine` fetches\nhint: fetch it with: batuta models pull --profile mine"
    )
    assert not list((home / "weights").glob("repositories/*"))


async def test_whoever_approves_the_plan_agrees_to_what_it_fetches(home: Path) -> None:
    settings = settings_of(home, '["hold/large"]', memory=3000, limits="fetch_limit = 1")
    plan = 'how = hold()\nsay("{how}")'

    async with AgentRuntime.open(settings) as agent:
        first = [event async for event in agent.run("go", plan=plan, ask_first=True)]
        run = next(event.run for event in first if isinstance(event, RunStarted))
        then = [event async for event in agent.resume(run, Decision("approve"))]

    assert [event.state for event in then if isinstance(event, RunFinished)] == ["done"]
    assert list((home / "weights").glob("repositories/*.json"))
