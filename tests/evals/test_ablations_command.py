"""`batuta eval ablations`: every part is left out once, and finished runs are used again."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evals.eval_command import app
from tests.evals.conftest import INSPECT

pytestmark = INSPECT

REPLIES = """\
n = 84 / 6
say("{n}")
---
say("I am sorry, I have no tool that sends mail.")
---
say(nothing)
---
say("There is no film here, please add one.")
"""


def ablate(*options: str) -> Result:
    Path("replies").write_text(REPLIES)
    fixed = ["--llm", "scripted:replies", "--set", "kind=words", "--limit", "3"]
    shown = CliRunner().invoke(
        app, ["ablations", *fixed, *options], catch_exceptions=False, env={"COLUMNS": "200"}
    )
    assert shown.exit_code == 0, shown.output
    return shown


def test_the_effect_of_a_part_is_measured_and_finished_runs_are_not_repeated() -> None:
    first = json.loads(ablate("--only", "no-repair", "--json").stdout)
    runs = sorted(Path("eval-runs").iterdir())
    again = json.loads(ablate("--only", "no-repair", "--json").stdout)

    assert again == first
    assert sorted(Path("eval-runs").iterdir()) == runs
    full, no_repair = first["rows"]
    assert (full["name"], full["samples"], full["success"]) == ("full", 3, 1)
    assert no_repair["success"] == pytest.approx(2 / 3)
    assert no_repair["verdict"] == "no sure effect on success"
    assert no_repair["tokens"] < full["tokens"]


def test_the_table_names_every_part_that_was_left_out() -> None:
    shown = ablate("--only", "sequential").output

    assert "2 of 2: sequential, without the dataflow scheduler" in shown
    assert "no sure effect on success" in " ".join(shown.split())


def test_the_table_is_printed_as_markdown_too() -> None:
    lines = ablate("--only", "sequential", "--markdown").stdout.splitlines()

    rows = [line for line in lines if line.startswith("| ")]
    assert rows[0].startswith("| agent | without | samples | success |")
    assert rows[2].startswith("| full | nothing: the agent as it is | 3 | 1.00 | 0.44 to 1.00 |  |")
    assert rows[3].endswith("| no sure effect on success |")
