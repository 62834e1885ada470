from pathlib import Path

from agent.record.events import AnswerFinished, NamedValue, PlanAccepted, RunStarted
from agent.record.journal import Runs
from agent.record.run_outcome import RunOutcome, answered_runs

IMAGE = NamedValue("image1", {"artifact": "ab34", "kind": "image"})


def add_run(runs: Runs, run_id: str, *events: AnswerFinished) -> None:
    run = runs.new()
    run.folder = runs.folder / run_id
    with run.lock():
        run.append(RunStarted(run_id, "talk", f"request {run_id}", [IMAGE], "offline", "x", 0))
        run.append(PlanAccepted(0, f"plan {run_id}", []))
        for event in events:
            run.append(event)


def test_answered_runs_are_read_from_their_traces_the_latest_first(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    add_run(runs, "a", AnswerFinished("one", []))
    add_run(runs, "b")
    add_run(runs, "c", AnswerFinished("failed", []), AnswerFinished("three", []))

    outcomes = list(answered_runs(runs, ["a", "b", "deleted", "c"]))

    assert [(outcome.request, outcome.plan, outcome.answer) for outcome in outcomes] == [
        ("request c", "plan c", "three"),
        ("request a", "plan a", "one"),
    ]
    assert outcomes[0].files == (IMAGE,)


def test_the_text_of_an_answer_leaves_out_names_of_results() -> None:
    outcome = RunOutcome.of([AnswerFinished("Here: [image1] and [other]", [IMAGE])])

    assert outcome.answer_text == "Here:  and [other]"
