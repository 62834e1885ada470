from pathlib import Path

from evals.bench.bench_tools import NO_MODEL, jobs, measure
from evals.quality import Quality
from evals.quality.quality_results import Results, Row
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile

OFFLINE = Profile.load("offline", Catalogue.load(Path("/nowhere")))
ROW = Row("detect", "detect/x", 1.25, 0.5, 0.25, 3_000_000, (Quality("AP50", 0.5, 9),))


def test_each_model_is_loaded_once_for_all_its_tools():
    named = jobs(OFFLINE)

    assert named["compare/dinov2-small"] == ["compare", "find_similar"]
    assert "crop" in named[NO_MODEL]
    assert "translate" in named["language_model"]


def test_one_tool_can_be_measured_alone():
    assert jobs(OFFLINE, "remove") == {"remove/migan": ["remove"]}


def test_a_tool_without_a_model_takes_no_time_to_load():
    (row,) = measure(OFFLINE, NO_MODEL, ["pick"])

    assert (row.tool, row.model, row.load_s, row.quality) == ("pick", "", None, ())
    assert 0 < row.later_s < 1


def test_results_are_read_as_they_were_written(tmp_path):
    results = Results("offline", 2, 0.1, (ROW,))
    results.write(tmp_path / "tools.json")

    assert Results.read(tmp_path / "tools.json") == results
    assert Results.read(tmp_path / "none.json") is None


def test_a_newer_row_takes_the_place_of_the_older_one():
    newer = Row("detect", "detect/x", 2.0, 0.5, 0.25, 1, ())
    other = Row("crop", "", None, 0.5, 0.25, 1, ())

    assert Results("offline", 2, 0.1, (ROW,)).with_rows([newer, other]).rows == (other, newer)


def test_costs_are_told_in_seconds_and_megabytes():
    assert ROW.costs == ("1.2", "0.5", "0.25", "3")
    assert Row("crop", "", None, 0.0123, 0.96, 0, ()).costs == ("", "0.012", "1.0", "0")
    assert Row("count", "", None, 0.0012, 0.00009, 0, ()).costs == ("", "0.0012", "< 0.001", "0")


def test_a_busy_machine_is_owned_up_to():
    assert Results("offline", 2, 0.3).note == "profile offline, 2 CPU cores"
    assert Results("offline", 2, 7.25).note == (
        "profile offline, 2 CPU cores, beside other work (load 7.2)"
    )
