"""`batuta eval peers`: the same requests for every agent, and a line for each in the table."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from evals.eval_command import app
from tests.evals.conftest import INSPECT

pytestmark = INSPECT

REPLIES = "\n---\n".join(["I see.", "Of five, 2 are missing."] * 4)
"""No plan and no step of a loop; the second is a response of HuggingGPT, which is asked twice."""


def compare(*options: str) -> Result:
    Path("replies").write_text(REPLIES)
    fixed = ["peers", "--llm", "scripted:replies", "--requests", "1", "--seed", "1"]
    shown = CliRunner().invoke(
        app, [*fixed, *options], catch_exceptions=False, env={"COLUMNS": "300"}
    )
    assert shown.exit_code == 0, shown.output
    return shown


def test_every_agent_has_its_success_cost_and_failures_and_finished_runs_are_not_repeated() -> None:
    first = json.loads(compare("--json").stdout)
    runs = sorted(Path("eval-runs").iterdir())
    again = json.loads(compare("--json").stdout)

    assert again == first
    assert sorted(Path("eval-runs").iterdir()) == runs
    rows = {row["agent"]: row for row in first}
    assert list(rows) == [
        "batuta",
        "batuta-general-model",
        "smolagents-calls",
        "smolagents-code",
        "hugginggpt",
        "visual-chatgpt",
    ]
    assert {row["requests"] for row in first} == {1}
    assert rows["batuta"]["failures"] == {"unparsable output": 1}
    assert rows["visual-chatgpt"]["failures"] == {"too many steps": 1}
    assert rows["visual-chatgpt"]["calls"]["mean"] == 6
    assert rows["hugginggpt"]["right"] == 1
    assert rows["hugginggpt"]["calls"] == {"mean": 2, "interval": [2, 2]}
    assert rows["hugginggpt"]["right_interval"][0] > 0.2
    assert rows["hugginggpt"]["verdict"] == "no sure difference"
    assert rows["hugginggpt"]["tokens_read"]["mean"] > rows["hugginggpt"]["tokens_written"]["mean"]


def test_the_table_is_printed_as_markdown_too() -> None:
    shown = compare("--only", "hugginggpt", "--markdown").stdout

    lines = [line for line in shown.splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert lines[3].startswith("| hugginggpt | 1 of 1 | 0.21 to 1.00 | no sure difference |")
    assert "1 unparsable output" in lines[2]


def test_an_unknown_agent_is_refused_with_those_there_are() -> None:
    shown = CliRunner().invoke(app, ["peers", "--only", "hugging"])

    assert shown.exit_code == 1
    assert "there is no agent 'hugging'; there are: batuta, batuta-general-model" in shown.output
