"""Each ablation takes away what it says."""

from pathlib import Path

import pytest

from agent.record.events import CommandFinished, CommandStarted, UsageReported
from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.harness.ablations import ABLATIONS, ablated_settings, find_ablation
from evals.harness.agent_run import AgentRun, collect_run
from tests.agent.conftest import SLOW_TOOLS
from tests.evals.conftest import INSPECT
from tools.errors import InputError
from tools.sdk.tool_check import SAMPLES

pytestmark = INSPECT

GUESS = 'say("It shows a dog.")'
GREY = 'g = grayscale(image1)\nsay("{g}")'
TWO_SLOW = 'a = paint(1, ms=150)\nb = paint(2, ms=150)\nsay("{a} {b}")'


async def run(
    folder: Path, ablation: str, *replies: str, request: str = "make it grey", plan: str = ""
) -> AgentRun:
    script = folder / "replies.txt"
    script.write_text("\n---\n".join(replies))
    settings = Settings(language_model=f"scripted:{script}", tool_files=(SLOW_TOOLS,))
    settings = ablated_settings(settings, find_ablation(ablation), {})
    async with AgentRuntime.open(settings) as agent:
        return await collect_run(agent.run(request, [SAMPLES["photo"]], plan=plan))


async def test_without_the_checker_a_guess_is_an_answer_and_a_wrong_plan_fails_when_it_runs(
    tmp_path: Path,
) -> None:
    guess = await run(tmp_path, "no-checker", GUESS)
    wrong = await run(tmp_path, "no-checker", 'x = no_such_tool(image1)\nsay("{x}")')
    refused = await run(tmp_path, "full", GUESS, GREY)

    assert (guess.outcome.state, guess.outcome.answer) == ("done", "It shows a dog.")
    assert wrong.outcome.state == "failed"
    assert "no_such_tool" in wrong.outcome.error
    assert refused.outcome.plan.strip() == GREY


async def test_without_repair_the_first_plan_has_to_be_right(tmp_path: Path) -> None:
    assert (await run(tmp_path, "no-repair", GUESS, GREY)).outcome.state == "failed"
    assert (await run(tmp_path, "no-repair", GREY)).outcome.state == "done"


async def test_examples_and_tool_choice_change_the_length_of_the_prompt(tmp_path: Path) -> None:
    def tokens(finished: AgentRun) -> int:
        (usage,) = [event for event in finished.events if isinstance(event, UsageReported)]
        return usage.input_tokens

    full, examples, choice = [
        tokens(await run(tmp_path, name, GREY))
        for name in ("full", "no-examples", "no-tool-choice")
    ]
    assert examples < full < choice
    assert tokens(await run(tmp_path, "full", GREY)) == full


async def test_in_sequence_no_two_commands_overlap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def largest_overlap(finished: AgentRun) -> int:
        at_once = highest = 0
        for event in finished.events:
            at_once += isinstance(event, CommandStarted) - isinstance(event, CommandFinished)
            highest = max(highest, at_once)
        return highest

    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    sequential = await run(tmp_path, "sequential", "-", plan=TWO_SLOW)
    dataflow = await run(
        tmp_path, "full", "-", plan=TWO_SLOW.replace("1,", "3,").replace("2,", "4,")
    )

    assert (largest_overlap(sequential), largest_overlap(dataflow)) == (1, 2)
    assert sequential.outcome.state == dataflow.outcome.state == "done"


def test_an_unknown_ablation_is_refused_with_those_there_are() -> None:
    assert len(ABLATIONS) == 6
    with pytest.raises(InputError, match="there is no ablation 'no-luck'; there are: full"):
        find_ablation("no-luck")
