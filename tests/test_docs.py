"""What README and docs show works: code runs, commands exist, links and paths lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import runpy
import shlex
import shutil
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from agent.cli.main import app
from tests.requirements import require_profile_weights
from tools.sdk.registry import Registry
from tools.sdk.tool_check import SAMPLES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("using", "api", "adding-tools", "architecture")),
    *(ROOT / "docs" / f"{name}.md" for name in ("benchmarks", "evals", "architectures")),
    *(
        ROOT / "docs" / f"{name}.md"
        for name in ("your-agent", "security", "mcp", "langchain", "telemetry", "scaling")
    ),
]
GENERATED = [ROOT / "docs" / "tools.md", ROOT / "docs" / "coverage.md"]
TOP_FOLDERS = ("agent", "tools", "evals", "train", "prompts", "tests", "docs", ".ci")
OLD_WORDS = (
    "orchestra|eyes|ears|told|tells|makers?|likest|likeness|painters?|anew|learnt|rightly|mind"
    "|hindmost|films?|gaze"
)

PLANS = """\
when: Cut out the cup and turn it grey
cup = crop(image1, box(25, 10, 75, 90))
grey = grayscale(cup)
say("Here it is: {grey}")
---
when: Cut out the cup
cup = crop(image1, box(25, 10, 75, 90))
say("{cup}")
---
when: Turn it grey
grey = grayscale(image1)
say("{grey}")
"""
MY_TOOLS = '''\
from tools import tool


@tool
def greet(name: str) -> str:
    """Return a greeting."""
    return f"Hello {name}"
'''


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    matches = re.findall(r"```(\w*)\n(.*?)```", text_of(page), re.DOTALL)
    return [block for name, block in matches if name == language]


def inline_code(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]


def commands(page: Path, program: str) -> list[str]:
    """The commands of this program in the page, without comments."""
    lines = [line.partition("#")[0] for block in blocks(page, "sh") for line in block.splitlines()]
    stripped_lines = {line.strip() for line in (*lines, *inline_code(page))}
    return sorted(line for line in stripped_lines if line.startswith(f"{program} "))


def cases(*lists: tuple[Path, list[str]]) -> list[object]:
    return [
        pytest.param(item, id=f"{page.stem}-{number}")
        for page, items in lists
        for number, item in enumerate(items, 1)
    ]


# docs/evals.md is run by tests/evals/test_documentation.py, docs/api.md by
# tests/agent/server/test_documentation.py, docs/langchain.md by
# tests/agent/langchain/test_langchain_page.py.
@pytest.mark.parametrize(
    "code",
    cases(
        *(
            (page, blocks(page, "python"))
            for page in PAGES
            if page.stem not in ("api", "evals", "langchain")
        )
    ),
)
def test_python_code_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    shutil.copy(SAMPLES["photo"], "photo.jpg")
    Path("my_tools.py").write_text(MY_TOOLS)
    Path("replies").write_text(PLANS)
    script = Path("example.py")
    # The plans of the default language model differ from version to version.
    script.write_text(code.replace("Agent.open(", 'Agent.open(language_model="scripted:replies", '))

    names = runpy.run_path(str(script))

    if "cup.png" in code:
        assert Path("cup.png").read_bytes().startswith(b"\x89PNG")
        assert names["answer"].text == "Here it is: [grey]"


def test_the_readme_has_at_most_120_lines() -> None:
    assert len(text_of(README).splitlines()) <= 120


def test_the_recording_has_at_most_two_megabytes() -> None:
    assert (ROOT / "docs" / "chat.gif").stat().st_size <= 2_000_000


@pytest.mark.parametrize(
    "command", cases(*((page, commands(page, "batuta")) for page in PAGES)), ids=str
)
def test_commands_exist_with_their_options(command: str) -> None:
    words = shlex.split(command.replace("|", " "))[1:]
    current: object = command_line()
    while isinstance(current, TyperGroup) and words and words[0] in current.commands:
        current, words = current.commands[words[0]], words[1:]

    assert current is not command_line() or words[0].startswith("-"), command
    # `batuta eval SUITE` is `batuta eval run SUITE`.
    default = current.commands.get("run") if isinstance(current, TyperGroup) else None
    options = {"--help"} | {
        option
        for command_with_options in filter(None, (current, default))
        for parameter in command_with_options.params
        for option in parameter.opts
    }
    assert {word for word in words if word.startswith("--")} <= options, command


@cache
def command_line() -> TyperGroup:
    """The whole command line, with the commands of evals and train."""
    whole = typer.Typer()
    whole.registered_groups += app.registered_groups
    whole.registered_commands += app.registered_commands
    whole.registered_callback = app.registered_callback
    for entry in entry_points(group="batuta.commands"):
        module, _, name = entry.value.partition(":")
        loaded = getattr(importlib.import_module(module), name)
        if isinstance(loaded, typer.Typer):
            whole.add_typer(loaded, name=entry.name)
        else:
            whole.command(entry.name)(loaded)
    return typer.main.get_group(whole)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))

    assert {command.split()[1] for command in commands(page, "make")} <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_modules_that_are_run_exist(page: Path) -> None:
    modules = re.findall(r"python -m ([\w.]+)", text_of(page))

    assert [module for module in modules if importlib.util.find_spec(module) is None] == []


@pytest.mark.parametrize("page", PAGES + GENERATED, ids=lambda page: page.stem)
def test_links_lead_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)[^):]*\)", text_of(page))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_to_headings_lead_to_one(page: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text_of(page)):
        headings = re.findall(r"^#+ (.+)$", text_of(page.parent / link if link else page), re.M)
        anchors = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in headings]
        assert anchor in anchors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_paths_of_the_repository_exist(page: Path) -> None:
    paths = [code for code in inline_code(page) if re.fullmatch(r"[\w./-]+/[\w./-]*", code)]
    own = [path for path in paths if path.partition("/")[0] in TOP_FOLDERS]

    # A word in capitals stands for a name.
    assert [path for path in own if not any(ROOT.glob(re.sub("[A-Z]{4,}", "*", path)))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_use_standard_terms(page: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`|\(http[^)]*\)", "", text_of(page), flags=re.DOTALL)

    assert re.findall(rf"\b(?:{OLD_WORDS})\b", prose, re.IGNORECASE) == []


def test_the_tools_by_task_are_all_that_plans_can_call() -> None:
    section = text_of(ROOT / "docs" / "using.md").partition("## Tools by task")[2]
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    tools = {name for name, tool in Registry.load().items() if not tool.internal}
    plans = {path.stem for path in (ROOT / "agent" / "plans").glob("*.plan")}

    assert (tools | plans) - listed == set()


def test_every_figure_of_the_readme_names_its_command() -> None:
    section = text_of(README).partition("## Measured")[2].partition("## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]

    assert rows
    assert [row for row in rows if not re.search(r"\| `(make|batuta) [^`]+` \|$", row)] == []


def test_every_table_of_the_benchmarks_comes_after_its_command() -> None:
    text = text_of(ROOT / "docs" / "benchmarks.md").partition("## ")[2]
    paragraphs = text.split("\n\n")
    tables = [index for index, part in enumerate(paragraphs) if part.startswith("|")]

    assert tables
    for index in tables:
        assert re.search(r"`(make|batuta) ", paragraphs[index - 1]), paragraphs[index]


@pytest.mark.real
# Its models are unloaded with a full collection, which may find what Inspect left open before.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(
    ("request_text", "file", "expected"),
    [
        ("What does the sign say?", "sign.png", ["CITY CONCERT HALL", "18:30", "12 euros"]),
        ("Write down what is said in this recording", "speech.wav", ["concert begins", "8"]),
        ("How many minutes are there in a day?", "", ["1440"]),
    ],
)
def test_the_three_requests_of_the_demo_are_answered_correctly(
    request_text: str, file: str, expected: list[str], tmp_path: Path
) -> None:
    require_profile_weights()
    assert f'"{request_text}"' in text_of(ROOT / "Makefile")
    files = ["--file", str(ROOT / "tools" / "samples" / file)] if file else []

    shown = CliRunner().invoke(app, ["run", request_text, *files, "--out", str(tmp_path)])

    assert shown.exit_code == 0, shown.output
    for words in expected:
        assert words in shown.stdout.replace(",", "")
    assert (tmp_path / "answer.md").exists()
