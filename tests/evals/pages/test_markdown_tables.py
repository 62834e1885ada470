"""Results of runs as Markdown tables: published sets, answers by kind, and others by group."""

import json
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec
from inspect_ai.scorer import Score

from evals.harness.attempt import Attempt, Spending
from evals.pages.markdown_tables import markdown_table, run_tables


def sample(number: int, scores: dict[str, Score], **metadata: Any) -> EvalSample:
    attempt = Attempt(
        plan="say(x)" if number else "",
        language_model="local:planner",
        spent=Spending(seconds=2, input_tokens=90, output_tokens=10),
    )
    return EvalSample(
        id=f"s{number}",
        epoch=1,
        input="",
        target="",
        scores=scores,
        metadata=metadata,
        store={"attempt": attempt.model_dump()},
    )


def log(task: str, samples: list[EvalSample], **arguments: Any) -> EvalLog:
    spec = EvalSpec(
        created="2026-11-20T09:00:00+00:00",
        task=task,
        task_args_passed=arguments,
        metadata={"suite": task, "machine": "2 CPU cores", "batuta": "0.2.0"},
        dataset=EvalDataset(),
        model="none/none",
        config=EvalConfig(limit=4),
        packages={"inspect_ai": "0.3.1"},
    )
    return EvalLog(eval=spec, samples=samples, status="success")


def table_rows(text: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return {cells[0]: cells[1:] for cells in lines}


def test_a_table_keeps_bars_and_line_breaks_out_of_its_cells() -> None:
    assert markdown_table(["a"], [["x|y\nz"]]) == "| a |\n| --- |\n| x\\|y z |"


def test_bfcl_stands_beside_published_results_with_intervals_and_invalid_plans() -> None:
    def score(value: float, published: float) -> dict[str, Score]:
        return {"right_calls": Score(value=value, metadata={"published": published})}

    samples = [
        sample(0, score(0, 1), category="irrelevance"),
        sample(1, score(1, 1), category="irrelevance"),
        sample(2, score(1, 1), category="simple"),
        sample(3, {}, category="simple"),
    ]

    text = run_tables(log("bfcl", samples, data="/some/where/bfcl"))

    rows = table_rows(text)
    assert text.startswith(
        "`batuta eval bfcl --data bfcl --limit 4` with `local:planner`: 2026-11-20, 2 CPU cores, "
        "Batuta 0.2.0, inspect_ai 0.3.1.\n\nbfcl: 4 samples.\n"
    )
    assert rows["model"][0] == "simple"
    assert rows["this run, as published"][0] == ".50 (.09 to .91)"
    assert rows["this run, as published"][4] == "1.00 (.34 to 1.00)"
    assert rows["this run, strict"][4] == ".50 (.09 to .91)"
    assert rows["this run, strict"][5] == ".50 (.15 to .85)"
    assert rows["Qwen3-0.6B (FC)"][:2] == [".865", ".860"]
    assert "3 of 4 samples have a valid plan" in text
    assert "data_non_live.csv" in text


def graph(*tools: str) -> dict[str, Any]:
    nodes = [{"task": tool, "arguments": ["tea"]} for tool in tools]
    return {"nodes": nodes, "links": [], "steps": list(tools)}


def test_sets_in_the_form_of_taskbench_have_scores_with_and_without_invalid_plans(
    tmp_path: Path,
) -> None:
    described = [
        {"id": name, "desc": name, "input-type": ["text"], "output-type": ["text"]}
        for name in ("Brew", "Pour")
    ]
    (tmp_path / "tool_desc.json").write_text(json.dumps({"nodes": described}))
    samples = [
        sample(
            number,
            {"graph": Score(value=float(bool(number)), metadata={"prediction": prediction})},
            reference=graph("Brew", "Pour"),
        )
        for number, prediction in enumerate([None, graph("Brew", "Pour"), graph("Brew", "Pour")])
    ]

    text = run_tables(log("taskbench", samples, data=str(tmp_path)))

    rows = table_rows(text)
    assert rows["model"][0] == "tool F1"
    assert rows["this run, as published"][0] == "1.00 (1.00 to 1.00)"
    assert rows["this run, strict"][0].startswith(".80 (")
    assert rows["m&m's plan accuracy"][0].startswith(".67 (")
    assert "There are no published results for this set." in text


def test_answers_are_counted_by_kind_with_what_was_made_up() -> None:
    def scores(right: float, invented: float) -> dict[str, Score]:
        return {
            "answered_rightly": Score(value=right),
            "makes_nothing_up": Score(value=1 - invented),
            "reads_well": Score(value=1),
        }

    samples = [
        sample(1, scores(1, 0), kind="count", split="report", earlier=[]),
        sample(2, scores(0, 1), kind="count", split="tune", earlier=[{"request": "x"}]),
        sample(3, {}, kind="film", split="report", earlier=[]),
        sample(4, scores(1, 1), kind="tempting", split="report", earlier=[]),
    ]

    text = run_tables(log("answers", samples))

    rows = table_rows(text)
    assert rows["count"] == ["1 of 2", ".09 to .91", "1", "0"]
    assert rows["film"] == ["0 of 1", ".00 to .79", "–", "–"]
    assert rows["tempting"][0] == "1 of 1"
    assert rows["**all but tempting**"][:3] == ["1 of 3", ".06 to .79", "1"]
    assert rows["split report"][0] == "1 of 2"
    assert rows["after earlier turns"][0] == "0 of 1"
    assert "A request took 2.0 s (median) and 100 tokens (mean), failures included." in text


def test_other_suites_are_counted_by_their_groups() -> None:
    samples = [
        sample(1, {"planned_rightly": Score(value=1)}, kind="short", split="report"),
        sample(2, {"planned_rightly": Score(value=0)}, kind="long", split="report"),
    ]

    rows = table_rows(run_tables(log("requests", samples)))

    assert rows["planned_rightly"] == ["1 of 2", ".50 (.09 to .91)"]
    assert rows["kind: long"][0] == "0 of 1"
    assert "split: report" not in rows
