"""The soak finds what is lost and mixed up; a short one with few visitors has neither."""

import json
import sys
import time
from pathlib import Path

import pytest

from agent.record.events import AnswerFinished, RunFinished, RunStarted
from agent.record.journal import Runs
from evals.bench import soak
from evals.bench.soak import SoakRequest, Tally, completed_event, memory_growth, missing_requests


def record(home: Path, request: str, answer: str) -> None:
    run = Runs(home / "runs").new()
    with run.lock():
        run.append(RunStarted(run.id, run.id, request, [], "offline", "scripted:x", 0))
        run.append(AnswerFinished(answer, []))
        run.append(RunFinished("done"))


def test_requests_without_a_right_result_are_lost(tmp_path: Path) -> None:
    record(tmp_path, "stamp this tok001xa", "TOK001XA")
    record(tmp_path, "stamp this tok001xb", "TOK002XB")
    tally = Tally()
    for token in ("tok001xa", "tok001xb", "tok001xc", "tok001xd"):
        accepted = token != "tok001xd"
        tally.requests.append(SoakRequest(1, token, token.upper(), 1, accepted=accepted))

    missing, not_begun = missing_requests(tally, tmp_path)

    assert [request.token for request in missing] == ["tok001xb", "tok001xc"]
    assert [request.token for request in not_begun] == ["tok001xd"]


def test_a_request_is_accepted_when_its_field_is_emptied() -> None:
    def message(event: str, field: object) -> str:
        content = {"msg": "process_completed", "event_id": event, "output": {"data": [field, None]}}
        return f"data: {json.dumps(content)}"

    assert completed_event(message("a", {"text": "", "files": []})) == ("a", True)
    assert completed_event(message("b", {"__type__": "update"})) == ("b", False)
    assert completed_event('data: {"msg": "heartbeat"}') is None


def test_memory_growth_compares_the_second_half() -> None:
    memory = [(float(second), 100 if second < 75 else 112) for second in range(101)]

    assert memory_growth(memory) == (100, 112, pytest.approx(0.12))


@pytest.mark.slow
def test_a_short_soak_loses_and_mixes_up_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(soak, "MAX_GROWTH", 10.0)  # a minute is too short to judge memory
    arguments = ["soak", "--visitors", "4", "--minutes", "0.5", "--pause", "0.5"]
    monkeypatch.setattr(sys, "argv", arguments)
    start = time.monotonic()

    with pytest.raises(SystemExit) as exit:
        soak.main()

    shown = capsys.readouterr()
    assert exit.value.code == 0, shown.out + shown.err
    assert "| lost | 0 |" in shown.out
    assert "| mixed up | 0 |" in shown.out
    assert "| server killed | 2 times |" in shown.out
    assert time.monotonic() - start > 30
