from pathlib import Path

import pytest

from agent.record.events import CommandFinished, NamedValue, PlanAccepted, RunFinished, RunStarted
from agent.record.journal import Run, Runs
from tools.errors import InputError

STARTED = RunStarted("r", "r", "What is it?", [NamedValue("image1", {})], "offline", "local:x", 0)


def finished(path: str, value: object = 1) -> CommandFinished:
    return CommandFinished(0, path, "a", "f", value, "1", 0.1, False)  # type: ignore[arg-type]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "20261120-051233-7f3a00")


def test_the_trace_remembers_what_finished(run: Run) -> None:
    with run.lock():
        run.append(STARTED)
        run.append(finished("0", 7))
        run.append(finished("1.0", {"artifact": "ab", "kind": "image"}))

    assert run.finished_commands() == {
        (0, "0"): 7,
        (0, "1.0"): {"artifact": "ab", "kind": "image"},
    }


def test_a_torn_last_line_is_passed_over_and_does_not_spoil_the_next(run: Run) -> None:
    with run.lock():
        run.append(STARTED)
        run.append(finished("0"))
    run.trace.write_bytes(run.trace.read_bytes()[:-20])

    with run.lock():
        run.append(finished("1"))

    assert run.finished_commands() == {(0, "1"): 1}
    assert run.start_event() == STARTED


def test_line_separators_in_text_do_not_split_an_event(run: Run) -> None:
    with run.lock():
        run.append(finished("0", "one\u2028two\u0085three\x0b"))

    assert run.finished_commands() == {(0, "0"): "one\u2028two\u0085three\x0b"}


def test_only_one_process_works_on_a_run(run: Run) -> None:
    with run.lock():
        assert run.is_locked()
        with pytest.raises(InputError, match="in use by another process"), run.lock():
            pass
    assert not run.is_locked()


def test_the_state_of_a_run_is_its_last_word(run: Run) -> None:
    with run.lock():
        run.append(STARTED)
        assert run.summary().state == "running"
    assert run.summary().state == "interrupted"

    with run.lock():
        run.append(PlanAccepted(0, "say(1)", []))
        run.append(RunFinished("stopped"))
    assert run.summary().state == "stopped"


def test_a_run_is_found_by_a_part_of_its_name(run: Run) -> None:
    with run.lock():
        run.append(STARTED)
    runs = Runs(run.folder.parent)

    assert runs.find("7f3a").id == run.id
    with pytest.raises(InputError, match="'zzz' matches no run"):
        runs.find("zzz")
    assert [summary.request for summary in runs.summaries()] == ["What is it?"]


def test_a_run_killed_before_its_first_event_says_so(run: Run) -> None:
    with run.lock():
        pass

    with pytest.raises(InputError, match="stopped before it started"):
        run.start_event()


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "/", "a/.."])
def test_a_path_is_no_run(tmp_path: Path, name: str) -> None:
    runs = Runs(tmp_path / "runs")
    run = runs.new()
    with run.lock():
        run.append(STARTED)

    with pytest.raises(InputError, match="matches no run"):
        runs.find(name)
