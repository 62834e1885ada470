"""What the README shows works: its code is run, its commands exist, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from tests.requirements import require_profile_weights
from tools import Tool

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.partition("#")[0].strip()
    for language, block in BLOCKS
    for line in block.splitlines()
    if language == "sh" and line.strip()
]


@pytest.mark.parametrize("code", [block for language, block in BLOCKS if language == "python"])
def test_python_in_the_readme_runs(code: str) -> None:
    names: dict[str, object] = {}
    if "@tool" in code:
        # A tool's source is its version: it has to stand in a file.
        exec(compile(code, str(ROOT / "README.md"), "exec"), names)
        assert any(isinstance(value, Tool) for value in names.values())
    else:
        exec(code, names)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("batuta")])
def test_commands_in_the_readme_exist_with_their_options(command: str) -> None:
    words = shlex.split(command)[1:]
    options = {word for word in words if word.startswith("--")}

    shown = CliRunner().invoke(app, [words[0], "--help"], env={"COLUMNS": "200"})

    assert shown.exit_code == 0
    assert options <= set(re.findall(r"--[a-z-]+", shown.output))


@pytest.mark.parametrize("target", [c.split()[1] for c in COMMANDS if c.startswith("make")])
def test_make_targets_in_the_readme_exist(target: str) -> None:
    assert f"\n{target}:" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_in_the_readme_lead_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.real
@pytest.mark.parametrize(
    ("request_text", "file", "expected"),
    [
        ("What does the sign say?", "sign.png", ["CITY CONCERT HALL", "18:30", "12 euros"]),
        ("Write down what is said in this recording", "speech.wav", ["concert begins", "8"]),
        ("How many minutes are there in a day?", "", ["1440"]),
    ],
)
def test_the_three_requests_of_the_demo_are_answered_rightly(
    request_text: str, file: str, expected: list[str], tmp_path: Path
) -> None:
    require_profile_weights()
    assert f'"{request_text}"' in (ROOT / "Makefile").read_text()
    files = ["--file", str(ROOT / "tools" / "samples" / file)] if file else []

    shown = CliRunner().invoke(app, ["run", request_text, *files, "--out", str(tmp_path)])

    assert shown.exit_code == 0, shown.output
    for words in expected:
        assert words in shown.stdout.replace(",", "")
    assert (tmp_path / "answer.md").exists()
