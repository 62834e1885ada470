"""Published results name their source, and stand beside our own scores."""

from pathlib import Path

from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalMetric, EvalResults, EvalSpec
from inspect_ai.log import EvalScore as LoggedScore

from evals.published.baselines import baseline_tables, baselines_for, result_rows
from evals.published.bfcl_questions import FILES


def log(task: str, data: str) -> EvalLog:
    spec = EvalSpec(
        created="2026-11-20T09:00:00+00:00",
        task=task,
        task_args_passed={"data": data},
        dataset=EvalDataset(),
        model="none/none",
        config=EvalConfig(),
    )
    values = {"step rouge1": 0.5, "strict step rouge1": 0.25}
    metrics = {name: EvalMetric(name=name, value=value) for name, value in values.items()}
    score = LoggedScore(name="graph", scorer="graph", metrics=metrics)
    return EvalLog(eval=spec, results=EvalResults(scores=[score]))


def test_every_table_has_a_source_and_shares() -> None:
    for table in baseline_tables():
        assert table.source.startswith("https://")
        values = [value for scores in table.results.values() for value in scores.values()]
        assert values
        assert all(0 <= value <= 1 for value in values)


def test_a_run_stands_beside_the_results_for_its_set(tmp_path: Path) -> None:
    folder = tmp_path / "multimedia"
    folder.mkdir()
    (folder / "tool_desc.json").write_text('{"nodes": []}')
    run = log("taskbench", str(folder))
    table = baselines_for(run)

    assert table is not None
    head, rows = result_rows(run)
    rouge = head.index("step rouge1")
    assert [row[rouge] for row in rows[:3]] == [".50", ".25", ".608"]
    assert [row[0] for row in rows[:3]] == ["this run, as published", "this run, strict", "gpt-4"]
    assert baselines_for(log("taskbench", "/tmp/tmdb")) is None


def test_every_category_of_bfcl_has_published_results() -> None:
    table = baselines_for(log("bfcl", "/some/where/bfcl"))

    assert table is not None
    assert table.scores == [f"published {category}" for category in FILES]
    assert table.results["Qwen3-0.6B (FC)"]["published parallel_multiple"] == 0.695
