"""smolagents' loops with our language model and our tools, and what each costs."""

from importlib.resources import files
from pathlib import Path

import pytest

from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.harness.attempt import Attempt
from evals.harness.run_suite import SuiteOptions, run_suite
from evals.scoring.eval_logs import metrics_of
from evals.suites.smolagents_peer import answer_as_peer
from tests.evals.conftest import INSPECT

PHOTO = Path(str(files("tools").joinpath("samples", "photo.jpg")))

pytestmark = INSPECT


def call(name: str, arguments: str) -> str:
    return f'Action:\n{{"name": "{name}", "arguments": {arguments}}}'


async def ask(folder: Path, kind: str, *replies: str) -> Attempt:
    script = folder / "replies"
    script.write_text("\n---\n".join(replies))
    async with AgentRuntime.open(Settings(language_model=f"scripted:{script}")) as agent:
        agent.session.registry = agent.session.registry.subset(["grayscale", "crop", "box"])
        return await answer_as_peer(agent, kind, "Make the left half grey", [PHOTO])


async def test_calls_written_as_json_pass_pictures_on_by_name(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        "tool calling",
        call("box", '{"left": 0, "top": 0, "right": 300, "bottom": 400}'),
        call("crop", '{"image": "image1", "region": "box1"}'),
        call("grayscale", '{"image": "image2"}'),
        call("final_answer", '{"answer": "Here it is."}'),
    )

    assert (attempt.state, attempt.answer, attempt.failures) == ("done", "Here it is.", [])
    assert attempt.spent.language_model_calls == 4
    assert attempt.spent.input_tokens > 0


async def test_calls_written_as_python_use_the_results_themselves(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        "code",
        "<code>\nhalf = crop(image=image1, region=box(left=0, top=0, right=300, bottom=400))\n"
        "final_answer(grayscale(image=half))\n</code>",
    )

    assert (attempt.state, attempt.answer) == ("done", "a picture of 300×400 pixels")


async def test_what_a_call_cannot_do_is_noted_and_the_loop_goes_on(tmp_path: Path):
    attempt = await ask(
        tmp_path,
        "tool calling",
        call("grayscale", '{"image": "no such picture"}'),
        call("final_answer", '{"answer": "I could not."}'),
    )

    assert attempt.answer == "I could not."
    assert "Error executing tool 'grayscale'" in attempt.failures[0].error


@pytest.mark.slow
async def test_what_each_agent_spends_is_told_as_a_ratio(tmp_path: Path):
    script = tmp_path / "replies"
    script.write_text(
        "\n---\n".join(
            [
                'm = 24 * 60\nsay("{m} minutes")',
                call("final_answer", '{"answer": "1440"}'),
                "Let me think.",
                "<code>\nfinal_answer(24 * 60)\n</code>",
            ]
        )
    )
    wanted = SuiteOptions("peers", {"llm": f"scripted:{script}", "requests": 1})

    log = await run_suite(wanted, tmp_path / "runs", resume=False)

    found = {name: value for _, name, value in metrics_of(log)}
    assert found["mean"] == 1
    assert found["batuta: calls"] == found["tool calling: calls"] == 1
    assert found["code: calls"] == 2
    assert found["code / batuta: calls"] == 2
