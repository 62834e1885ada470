"""What `batuta tools` shows."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.cli.tool_table import tool_rows
from agent.runtime.session import Session
from tools.home import home

SHOUT = '"""Greet somebody loudly."""\nname: Text = "you"\n\nresult = "HELLO, {name}!"\n'


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))


def batuta(*words: str | Path, columns: int = 80) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": str(columns)})


def test_every_built_in_tool_is_listed_under_its_folder() -> None:
    session = Session.load("offline", home=home())

    groups = {row.name: row.group for row in tool_rows(session)}
    assert [name for name, group in groups.items() if group == "Other tools"] == []
    assert (groups["detect"], groups["blur"]) == ("Vision", "Photo effects")


def test_the_table_fits_a_narrow_terminal_and_names_plans_last() -> None:
    lines = batuta("tools").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    bare = [line.strip() for line in lines]
    headings = ["Images", "Layout", "Photo effects", "Regions", "Vision", "Named plans"]
    assert [line for line in bare if line in headings] == headings
    assert any(line.startswith("describe ") for line in bare[bare.index("Named plans") :])


def test_a_row_says_what_goes_in_what_comes_out_and_on_which_model() -> None:
    (line,) = (
        line for line in batuta("tools", columns=160).stdout.splitlines() if "edges/hed" in line
    )

    assert line.split()[:5] == ["edges", "Image", "→", "Image", "edges/hed"]
    assert "MIT" in line
    assert "56" in line


def test_the_rows_are_there_for_programs_too() -> None:
    told = json.loads(batuta("tools", "--json").stdout)

    assert told["profile"] == "offline"
    rows = {row["name"]: row for row in told["tools"] if not row["is_plan"]}
    assert rows["segment"]["accepts"] == "Image, Region"
    assert rows["segment"]["models"][0]["licence"] == "Apache-2.0"
    assert rows["grayscale"]["models"] == []
    assert "describe" in [row["name"] for row in told["tools"] if row["is_plan"]]


@pytest.mark.parametrize(("profile", "is_plan"), [("offline", True), ("gpu-24gb", False)])
def test_a_tool_and_a_plan_of_one_name_are_listed_once_as_what_is_called(
    profile: str, is_plan: bool
) -> None:
    rows = [
        row for row in tool_rows(Session.load(profile, home=home())) if row.name == "ask_document"
    ]

    assert [(row.is_plan, row.offered) for row in rows] == [(is_plan, True)]


def test_a_profile_tells_below_the_table_why_some_tools_have_no_model_of_its_size() -> None:
    shown = " ".join(batuta("tools", "--profile", "gpu-24gb").stdout.split())

    assert (
        "clean_sound, find_speech, notes, same_voice, cut_out, replace_background, blur_in_video, "
        "edges, faces: no full-size model that needs no code of its own; the offline one is used"
    ) in shown
    assert "no full-size model" not in batuta("tools").stdout


def test_a_named_plan_is_printed_so_that_it_can_be_copied(tmp_path: Path) -> None:
    shown = batuta("tools", "show", "describe").stdout
    copy = tmp_path / "my_describe.plan"
    copy.write_text(shown)

    again = batuta("tools", "show", "my_describe", "--tools", copy)

    assert again.exit_code == 0
    assert again.stdout == shown
    assert shown.startswith('"""Describe a photo in words')


def test_a_tool_is_shown_with_its_examples_and_what_its_models_cannot_do() -> None:
    shown = batuta("tools", "show", "edges", columns=200).stdout

    assert "edges(image: Image" in shown
    assert ">>> " in shown
    assert "edges/hed: MIT; cannot " in shown


def test_an_unknown_name_is_told_with_what_is_near() -> None:
    shown = batuta("tools", "show", "describ")

    assert shown.exit_code == 1
    assert "'describe" in shown.stderr


def test_a_plan_of_ones_own_is_listed_checked_and_run_like_a_tool(tmp_path: Path) -> None:
    plan = tmp_path / "shout.plan"
    plan.write_text(SHOUT)

    listed = json.loads(batuta("tools", "--tools", plan, "--json").stdout)
    ran = batuta("tool", "run", "shout", "name=Ada", "--tools", plan)
    checked = batuta("tool", "check", plan)

    assert "shout" in [row["name"] for row in listed["tools"]]
    assert ran.stdout == "HELLO, Ada!\n"
    assert checked.exit_code == 1
    assert "shout: there is no example" in checked.stderr


def test_a_plan_that_cannot_run_is_told_of_and_left_out(tmp_path: Path) -> None:
    plan = tmp_path / "broken.plan"
    plan.write_text('"""Do."""\nresult = paint(1)\n')

    shown = batuta("tools", "--tools", plan)

    assert shown.exit_code == 0
    assert "broken.plan:2:10: unknown tool: found paint" in shown.stderr.replace("\n", "")
