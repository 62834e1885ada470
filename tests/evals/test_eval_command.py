"""`batuta eval …`: suites are run, finished, scored, compared and reported."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.eval_command import app
from evals.harness.run_suite import read_run
from tests.evals.conftest import INSPECT

SUITE = str(Path(__file__).with_name("suites") / "sample_suite.py")

pytestmark = INSPECT


def evaluate(*arguments: str) -> str:
    shown = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_the_list_tells_what_each_suite_is_for() -> None:
    shown = evaluate("list")

    for name in ("requests", "taskbench", "bfcl", "world", "tools", "faults"):
        assert name in shown


def test_an_unknown_suite_is_refused_with_those_there_are() -> None:
    shown = CliRunner().invoke(app, ["request"])

    assert shown.exit_code == 1
    assert "there is no suite 'request'; there are: requests, taskbench" in shown.output


@pytest.mark.slow
def test_a_killed_run_is_finished_by_the_same_command(tmp_path: Path) -> None:
    (tmp_path / "kill").touch()
    command = ["run", SUITE, "--set", f"folder={tmp_path}"]
    program = f"from evals.eval_command import app; app({command!r})"
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert killed.returncode == -9
    assert (tmp_path / "solved").read_text() == "012"

    shown = evaluate(*command)

    assert (tmp_path / "solved").read_text() == "01234"
    (folder,) = (tmp_path / "eval-runs").iterdir()
    assert str(folder.relative_to(tmp_path)) in shown
    log = read_run(folder)
    assert log.status == "success"
    assert [sample.id for sample in log.samples or []] == ["0", "1", "2", "3", "4"]


@pytest.mark.slow
def test_two_runs_are_compared_sample_by_sample_and_reported(tmp_path: Path) -> None:
    for worst, out in ((-1, "a"), (2, "b")):
        settings = ["--set", f"folder={tmp_path}", "--set", f"worst={worst}"]
        evaluate(SUITE, *settings, "--out", out)
    a, b = (str(next((tmp_path / out).iterdir())) for out in "ab")

    shown = evaluate("compare", a, b)
    assert "-0.200" in shown
    assert "worse: 2: number 2" in shown

    evaluate("report", a, b, "--out", "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "A: counting" in page
    assert "<svg" in page
    assert "number 2" in page

    # The scorers have changed since: scoring again solves nothing.
    log_file = next(Path(a).glob("*.eval"))
    solved = (tmp_path / "solved").read_text()
    assert "1" in evaluate("score", str(log_file))
    assert (tmp_path / "solved").read_text() == solved
