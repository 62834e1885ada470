"""What docs/evals.md shows works: its suite is short and runs, its commands exist."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.eval_command import app
from evals.harness.run_suite import read_run
from evals.request_samples import requests
from evals.scoring.eval_logs import metrics_of, scores_of
from tests.evals.conftest import INSPECT
from tests.requirements import require_weights

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
(SUITE,) = [block for language, block in BLOCKS if language == "python"]
COMMANDS = [
    line.partition("#")[0].strip()
    for language, block in BLOCKS
    for line in block.splitlines()
    if language == "sh" and line.startswith("batuta eval")
]

pytestmark = INSPECT


def test_a_suite_takes_less_than_forty_lines() -> None:
    assert len([line for line in SUITE.splitlines() if line.strip()]) < 40


@pytest.mark.real
@pytest.mark.slow
def test_the_suite_runs_and_its_scorers_judge(tmp_path: Path) -> None:
    require_weights("read_text/pp-ocr-v6-small")
    (tmp_path / "signs.py").write_text(SUITE)
    (tmp_path / "replies").write_text(
        'words = read_text(image1)\nsay("It says: {words}")'
        '\n---\nsay(nothing)\n---\nsay("I cannot tell.")'
    )

    shown = CliRunner().invoke(
        app, ["signs.py", "--llm", "scripted:replies"], catch_exceptions=False
    )

    assert shown.exit_code == 0, shown.output
    (folder,) = (tmp_path / "eval-runs").iterdir()
    metrics = {(score, metric): value for score, metric, value in metrics_of(read_run(folder))}
    assert metrics["says", "mean"] == 0.5
    assert metrics["briefly", "mean"] == 0.5


@pytest.mark.slow
def test_the_agent_of_the_page_is_evaluated(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "your-agent.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "my_agent.py").write_text(code)

    shown = CliRunner().invoke(
        app,
        ["answers", "--agent", "my_agent.py:answer", "--set", "kind=image", "--limit", "6"],
        catch_exceptions=False,
    )

    assert shown.exit_code == 0, shown.output
    (folder,) = (tmp_path / "eval-runs").iterdir()
    scores = {
        entry.sample: entry.value for entry in scores_of(read_run(folder))["answered_rightly"]
    }
    assert {name for name, value in scores.items() if value} == {"image-06"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_exist_with_their_options(command: str) -> None:
    words = shlex.split(command)[2:]
    own = ("list", "report", "compare", "gate", "score", "ablations", "peers", "votes")
    name = words[0] if words[0] in own else "run"

    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})

    assert shown.exit_code == 0
    assert {w for w in words if w.startswith("--")} <= set(re.findall(r"--[a-z-]+", shown.output))


def test_the_page_says_how_many_requests_there_are() -> None:
    assert f"| {len(requests())} requests as people write them" in PAGE
