"""Homes that cannot be used, as a person meets them: through `batuta` in a process of its own."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.record.events import RunFinished
from agent.record.journal import Run
from agent.record.storage_errors import explain_storage_errors
from tests.agent.conftest import SLOW_TOOLS
from tools.errors import StorageError

resource = pytest.importorskip("resource", reason="limits of the size of files are Unix's")
_MAIN = "from agent.cli.main import main; main()"
PLAN = 'word = echo("hello", ms=1)\nsay("{word}")'


def batuta(
    home: Path, *words: str | Path, largest_file: int = -1
) -> subprocess.CompletedProcess[str]:
    """Run a command; no file that it writes may have more bytes than `largest_file`."""

    def limit() -> None:
        if largest_file >= 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, "-c", _MAIN, *map(str, words)],
        env={**os.environ, "BATUTA_HOME": str(home), "SLOW_TOOLS_LOG": os.devnull},
        capture_output=True,
        text=True,
        preexec_fn=limit,
    )


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.txt"
    path.write_text(PLAN)
    return path


def run(home: Path, plan: Path, **limits: int) -> subprocess.CompletedProcess[str]:
    return batuta(home, "run", "--plan", plan, "--tools", SLOW_TOOLS, **limits)


def check_is_clear(result: subprocess.CompletedProcess[str], problem: str, hint: str) -> None:
    assert result.returncode == 1
    assert problem in result.stderr
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_home_that_is_a_file_is_explained(tmp_path: Path, plan: Path) -> None:
    (tmp_path / "home").write_text("a file")

    result = run(tmp_path / "home", plan)

    problem = f"'{tmp_path / 'home'}' is or is inside a file, and has to be a folder"
    check_is_clear(result, problem, "hint: move that file away, or choose another home")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/sys/kernel").exists(), reason="needs a folder that root cannot use")
def test_a_home_that_cannot_be_written_is_explained(plan: Path) -> None:
    result = run(Path("/sys/batuta"), plan)

    check_is_clear(
        result,
        "'/sys/batuta' cannot be read or written: Operation not permitted",
        "hint: change its permissions, or choose another home: export BATUTA_HOME=/another/folder",
    )


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["replaced", "overwritten"])
def test_a_damaged_checkpoint_database_is_explained(
    tmp_path: Path, plan: Path, damage: str
) -> None:
    home = tmp_path / "home"
    assert run(home, plan).stdout == "hello\n"
    database = home / "checkpoints.sqlite"
    content = database.read_bytes()
    if damage == "replaced":
        database.write_bytes(b"no database " * 1000)
    else:
        database.write_bytes(content[:100] + b"\xff" * (len(content) - 100))

    check_is_clear(
        run(home, plan),
        f"the checkpoints in '{database}' are damaged: ",
        "hint: move that file away; conversations begin again, runs and results stay",
    )
    database.rename(tmp_path / "moved away")
    assert run(home, plan).stdout == "hello\n"


@pytest.mark.slow
@pytest.mark.parametrize("largest_file", [0, 2_000, 12_000])
def test_a_full_disk_is_explained(tmp_path: Path, plan: Path, largest_file: int) -> None:
    result = run(tmp_path / "home", plan, largest_file=largest_file)

    check_is_clear(result, "cannot be", "hint: ")
    assert "full" in result.stderr or "disk I/O error" in result.stderr
    assert "BATUTA_HOME" in result.stderr


def test_a_trace_on_a_full_disk_is_explained(tmp_path: Path) -> None:
    run = Run(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(StorageError) as caught, explain_storage_errors(tmp_path), run.lock():
            run.append(RunFinished("done"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "the disk is full" in caught.value.message
    assert caught.value.hint.startswith("free some space")


def test_other_errors_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError), explain_storage_errors(tmp_path):
        raise TimeoutError("late")


def test_the_database_of_the_agents_own_home_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught, explain_storage_errors(tmp_path):
        raise sqlite3.DatabaseError("file is not a database")

    assert repr(str(tmp_path / "checkpoints.sqlite")) in caught.value.message


@pytest.mark.slow
def test_what_a_tool_prints_is_no_json(tmp_path: Path) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text('word = print_much("noise")\nsay("{word}")')
    tools = SLOW_TOOLS.with_name("unruly_tools.py")

    words = ("run", "--plan", plan, "--tools", tools, "--json")
    result = batuta(tmp_path / "home", *words)

    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert (events[-1]["event"], events[-1]["text"]) == ("Answer", "noise")
    for noise in ("printed while loading", "printed noise", "written noise"):
        assert noise in result.stderr
        assert noise not in result.stdout
