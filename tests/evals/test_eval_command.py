"""`batuta eval …`: suites are run, finished, scored, compared and reported."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalSample,
    EvalSpec,
    write_eval_log,
)
from inspect_ai.model import (
    ChatMessageAssistant,
    ContentAudio,
    ContentImage,
    ContentText,
    ModelOutput,
)
from inspect_ai.scorer import Score
from typer.testing import CliRunner, Result

from evals.eval_command import app
from evals.harness.run_suite import list_runs, read_run
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
    assert "there is no suite 'request'; there are: requests, " in shown.output


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

    assert "counting: 5 samples" in evaluate("report", a, b, "--out", "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "A: counting" in page
    assert "<svg" in page
    assert "number 2" in page

    # The scorers have changed since: scoring again solves nothing.
    log_file = next(Path(a).glob("*.eval"))
    solved = (tmp_path / "solved").read_text()
    assert "1" in evaluate("score", str(log_file))
    assert (tmp_path / "solved").read_text() == solved


def write_log(
    path: Path,
    values: list[float],
    task: str = "foreign",
    status: str = "success",
    arguments: dict[str, str] | None = None,
):
    """Write a log that no suite of Batuta made, with a picture and a sound in its answers."""
    samples: list[EvalSample] = []
    for number, value in enumerate(values):
        answer = ChatMessageAssistant(
            content=[
                ContentText(text=f"answer {value:g}"),
                ContentImage(image="data:image/png;base64,AAAA"),
                ContentAudio(audio="data:audio/wav;base64,BBBB", format="wav"),
            ]
        )
        sample = EvalSample(
            id=number,
            epoch=1,
            input=f"request {number}",
            target="",
            messages=[answer],
            output=ModelOutput.from_message(answer),
            scores={"right": Score(value="C" if value else "I")},
        )
        samples.append(sample)
    spec = EvalSpec(
        created="2026-11-20T09:00:00+00:00",
        run_id=path.stem,
        task=task,
        task_args_passed=arguments or {},
        dataset=EvalDataset(),
        model="none/none",
        config=EvalConfig(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    log = EvalLog(eval=spec, samples=samples, status=status)  # pyright: ignore[reportArgumentType]
    write_eval_log(log, str(path))
    return str(path)


def test_any_two_inspect_logs_are_compared_in_words_and_side_by_side(tmp_path: Path) -> None:
    a = write_log(tmp_path / "a.eval", [1.0] * 12)
    b = write_log(tmp_path / "b.eval", [1.0] * 4 + [0.0] * 8)

    shown = " ".join(evaluate("compare", a, b, "--html", "page.html", "--junit", "out.xml").split())

    assert "B is worse in right: 8 became wrong and 0 right, of 12." in shown
    assert "B is worse than A in right." in shown
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('<div class="pair">') == 8
    assert page.count("data:image/png;base64,AAAA") == 16
    assert page.count("<audio controls") == 16
    assert "answer 1" in page
    assert "answer 0" in page
    assert "request 11" in page
    assert "request 3" not in page
    assert "prefers-color-scheme: dark" in page
    assert re.search(r'(src|href)="(?!data:)', page) is None
    assert 'failures="1"' in (tmp_path / "out.xml").read_text(encoding="utf-8")


def test_the_gate_closes_when_a_suite_became_worse_beyond_noise(tmp_path: Path) -> None:
    write_log(tmp_path / "base" / "foreign-20261120-090000" / "a.eval", [1.0] * 12)
    noisy = write_log(tmp_path / "noisy.eval", [1.0] * 9 + [0.0] * 3)
    worse = write_log(tmp_path / "worse.eval", [1.0] * 4 + [0.0] * 8)
    unfinished = write_log(tmp_path / "unfinished.eval", [1.0] * 3, status="error")

    def gate(run: str, *options: str) -> Result:
        return CliRunner().invoke(app, ["gate", str(tmp_path / "base"), run, *options])

    assert gate(noisy).exit_code == 0
    assert gate(worse).exit_code == 1
    content = json.loads(gate(worse, "--json").stdout)
    assert (content["worse"], content["errors"]) == (True, [])
    assert content["comparisons"][0]["scores"][0]["verdict"] == "worse"
    closed = gate(unfinished)
    assert closed.exit_code == 1
    assert "foreign: the run is not finished, its state is 'error'" in closed.output


def test_the_latest_run_of_an_ablation_does_not_stand_for_the_whole_agent(tmp_path: Path) -> None:
    base = write_log(tmp_path / "base.eval", [1.0] * 12)
    runs = tmp_path / "runs"
    write_log(runs / "foreign-20261120-090000" / "a.eval", [1.0] * 12)
    without = {"ablation": "no-checker"}
    write_log(runs / "foreign-20261120-100000" / "b.eval", [0.0] * 12, arguments=without)

    assert CliRunner().invoke(app, ["gate", base, str(runs)]).exit_code == 0
    assert "foreign with ablation=no-checker" in list_runs(runs)


def test_the_gate_names_a_suite_without_a_run_and_refuses_the_baseline_itself(
    tmp_path: Path,
) -> None:
    a = write_log(tmp_path / "a.eval", [1.0])
    other = write_log(tmp_path / "other.eval", [1.0], task="other")

    missing = CliRunner().invoke(app, ["gate", a, other])
    itself = CliRunner().invoke(app, ["gate", a, a])

    assert (missing.exit_code, itself.exit_code) == (1, 1)
    assert "there is no run of this suite" in missing.output
    assert "the latest run is the baseline itself" in itself.output
