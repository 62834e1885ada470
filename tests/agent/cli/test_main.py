import json
from importlib.metadata import version
from pathlib import Path

import PIL.Image
import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from tests.agent.conftest import SLOW_TOOLS


class Shell:
    """Gives commands to `batuta`, in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *words: str | Path, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=typed)

    def file(self, name: str, content: str) -> Path:
        path = self.home / name
        path.write_text(content)
        return path


@pytest.fixture
def batuta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    return Shell(tmp_path)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    PIL.Image.new("RGB", (40, 30), "red").save(path)
    return path


def test_a_request_is_answered_on_stdout_and_told_on_stderr(batuta: Shell) -> None:
    script = batuta.file("replies.txt", 'say("Four.")')

    shown = batuta("run", "What is two and two?", "--llm", f"scripted:{script}")

    assert shown.exit_code == 0
    assert shown.stdout == "Four.\n"
    assert 'say("Four.")' in shown.stderr


def test_the_version_is_that_of_the_installed_package(batuta: Shell) -> None:
    shown = batuta("--version")

    assert (shown.exit_code, shown.stdout) == (0, f"batuta {version('batuta')}\n")


def test_a_language_model_may_give_a_name_again(batuta: Shell) -> None:
    script = batuta.file("replies.txt", 'n = 7\nn = n - 1\nsay("{n} are left.")')

    shown = batuta("run", "I ate one of seven", "--llm", f"scripted:{script}")

    assert shown.stdout == "6 are left.\n"


def test_what_was_made_is_given_though_it_was_to_be_said_with_what_failed(
    batuta: Shell, picture: Path
) -> None:
    plan = batuta.file(
        "plan.txt",
        "grey = grayscale(image1)\nfar = crop(image1, box(90, 90, 99, 99))\n"
        'say("Here: {grey} and {far}")',
    )

    shown = batuta("run", "--plan", plan, "--file", picture, "--out", batuta.home / "out")

    assert "This could not be done:" in shown.stdout
    assert (batuta.home / "out" / "grey.png").exists()


def test_json_is_one_event_a_line_and_the_answer_last(batuta: Shell, picture: Path) -> None:
    plan = batuta.file("plan.txt", 'grey = grayscale(image1)\nsay("Here: {grey}")')

    shown = batuta("run", "--plan", plan, "--file", picture, "--out", batuta.home / "o", "--json")

    events = [json.loads(line) for line in shown.stdout.splitlines()]
    assert events[0]["event"] == "RunStarted"
    assert events[-1]["event"] == "Answer"
    assert events[-1]["state"] == "done"
    (artifact,) = events[-1]["artifacts"]
    assert artifact["name"] == "grey"
    with PIL.Image.open(artifact["path"]) as written:
        assert written.size == (40, 30)
    assert (batuta.home / "o" / "answer.md").read_text().startswith("# run the plan")


def test_every_picture_of_a_list_is_written(batuta: Shell, picture: Path) -> None:
    plan = batuta.file("plan.txt", 'p = [grayscale(i) for i in [image1, image2]]\nsay("{p}")')
    out = batuta.home / "out"

    batuta("run", "--plan", plan, "--file", picture, "--file", picture, "--out", out)

    assert sorted(path.name for path in out.iterdir()) == ["answer.md", "p_0.png", "p_1.png"]


def test_a_converted_picture_is_written_in_its_format(batuta: Shell, picture: Path) -> None:
    plan = batuta.file(
        "plan.txt",
        'a = to_format(image1, "jpeg", 60)\nb = to_format(image1, "pdf")\nsay("{a} {b}")',
    )
    out = batuta.home / "out"

    batuta("run", "--plan", plan, "--file", picture, "--out", out)

    assert sorted(path.name for path in out.iterdir()) == ["a.jpg", "answer.md", "b.pdf"]
    assert (out / "b.pdf").read_bytes().startswith(b"%PDF-")


def test_a_failed_run_exits_with_1_and_a_wrong_option_with_2(batuta: Shell) -> None:
    plan = batuta.file("plan.txt", 'crash("x")')

    assert batuta("run", "--plan", plan, "--tools", SLOW_TOOLS).exit_code == 1
    assert batuta("run", "--nonsense").exit_code == 2
    assert batuta("run").exit_code == 2
    assert batuta("run", "hello", "--profile", "nope").exit_code == 2
    assert batuta("run", "--plan", batuta.home / "nope.txt").exit_code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "hi", "--file", "missing.png"], "there is no file 'missing.png'"),
        (["run", "hi", "--profile", "nope"], "there is no profile 'nope'"),
        (["run", "hi", "--llm", "nope:x"], "'nope' in 'nope:x' is not a provider"),
        (["run", "hi", "--llm", "local:nope"], "there is no model 'llm/nope'"),
        (["resume", "nope"], "'nope' matches no run"),
        (["replay", "nope"], "'nope' matches no run"),
        (["tool", "check", "nope"], "there is no tool 'nope'"),
        (["tool", "run", "crop", "colour=red"], "'colour=red' is not an argument of crop"),
        (["tool", "new", "Not a name"], "a tool cannot be called 'Not a name'"),
        (["models", "--profile", "nope"], "there is no profile 'nope'"),
    ],
)
def test_an_error_says_what_is_wrong_and_hints_at_the_way_out(
    batuta: Shell, words: list[str], expected: str
) -> None:
    shown = batuta(*words)

    assert shown.exit_code in (1, 2)
    assert expected in shown.stderr
    assert "hint: " in shown.stderr
    assert "Traceback" not in shown.output


def test_check_reports_each_problem_with_its_place(batuta: Shell, picture: Path) -> None:
    wrong = batuta.file("wrong.txt", "a = crop(image1)\nb = grayscale(audio1)\n")
    right = batuta.file("right.txt", "b = grayscale(image1)\n")

    shown = batuta("check", wrong, "--file", picture)

    assert shown.exit_code == 1
    places = [line.partition(": ")[0] for line in shown.stdout.splitlines()]
    assert places == ["1:5", "2:15"]
    assert batuta("check", right, "--file", picture).exit_code == 0
    assert batuta("check", "-", "--file", picture, typed="x = grayscale(image1)").exit_code == 0


def test_plan_prints_the_plan_and_runs_nothing(batuta: Shell) -> None:
    script = batuta.file("replies.txt", 'w=echo("x",ms=1)\nsay(w)')

    shown = batuta("plan", "echo", "--tools", SLOW_TOOLS, "--llm", f"scripted:{script}")

    assert shown.stdout == 'w = echo("x", ms=1)\nsay(w)\n'
    assert batuta("runs", "--json").stdout.strip() == "[]"


def test_a_plan_can_be_approved_after_it_was_shown(batuta: Shell) -> None:
    script = batuta.file("replies.txt", 'say("done it")')
    asked = batuta("run", "do it", "--llm", f"scripted:{script}", "--ask")
    (run,) = json.loads(batuta("runs", "--json").stdout)

    assert run["state"] == "waiting"
    assert "done it" not in asked.stdout
    assert f"batuta resume {run['id']} --approve" in asked.stderr
    assert batuta("resume", run["id"], "--approve").stdout == "done it\n"


def test_a_run_can_be_listed_and_shown_again(batuta: Shell) -> None:
    plan = batuta.file("plan.txt", 'say("kept")')
    batuta("run", "--plan", plan)
    (run,) = json.loads(batuta("runs", "--json").stdout)

    assert run["state"] == "done"
    assert run["request"].startswith("run the plan")
    assert run["id"] in batuta("runs").stdout
    assert batuta("replay", run["id"]).stdout == "kept\n"
    assert (
        json.loads(batuta("replay", run["id"], "--json").stdout.splitlines()[-1])["text"] == "kept"
    )
    assert batuta("resume", run["id"]).stdout == "kept\n"


def test_tools_are_listed_with_broken_ones_left_out(batuta: Shell) -> None:
    broken = batuta.file("broken.py", "def (:\n")

    listed = batuta("tools", "--tools", broken, "--tools", SLOW_TOOLS)
    as_json = json.loads(batuta("tools", "--tools", SLOW_TOOLS, "--json").stdout)

    assert listed.exit_code == 0
    assert "broken.py:1" in listed.stderr
    assert {"crop", "echo", "detect"} <= {tool["name"] for tool in as_json["tools"]}


def test_a_new_tool_passes_its_check_and_can_be_called(batuta: Shell, picture: Path) -> None:
    batuta("tool", "new", "turn_over", "--folder", batuta.home)
    path = batuta.home / "turn_over.py"

    checked = batuta("tool", "check", path)
    called = batuta("tool", "run", "turn_over", f"image={picture}", "--tools", path, "--json")

    assert checked.exit_code == 0, checked.stderr
    assert json.loads(called.stdout.splitlines()[-1])["artifacts"][0]["name"] == "result"


def test_a_tool_takes_text_numbers_and_boxes_from_the_command_line(
    batuta: Shell, picture: Path
) -> None:
    said = batuta("tool", "run", "echo", 'text=a {b} "c"', "ms=1", "--tools", SLOW_TOOLS)
    cut = batuta("tool", "run", "crop", f"image={picture}", "region=0,0,20,10", "--json")

    assert said.stdout == 'a {b} "c"\n'
    with PIL.Image.open(json.loads(cut.stdout.splitlines()[-1])["artifacts"][0]["path"]) as found:
        assert found.size == (20, 10)


def test_what_would_be_pulled_is_told_with_licence_and_size(batuta: Shell) -> None:
    items = json.loads(batuta("models", "pull", "--plan", "--json").stdout)
    shown = batuta("models", "pull", "--plan").stdout

    assert {"detect/yolox-nano", "llm/qwen2.5-coder-1.5b"} <= {item["card"] for item in items}
    for item in items:
        assert item["licence"]
        assert item["bytes"] > 0
        assert item["present"] == item["source"].startswith("shipped:")
    assert "to fetch:" in shown


@pytest.mark.parametrize(
    "words", [["models", "pull", "--plan"], ["models"], ["tools"], ["chat", "--terminal"]]
)
def test_without_npm_a_person_is_told_what_is_missing_and_how_to_get_it(
    batuta: Shell, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(batuta.home))
    script = batuta.file("replies.txt", 'say("ready")')
    language_model = ["--llm", f"scripted:{script}"] if words[0] == "chat" else []

    shown = batuta(*words, *language_model, typed="/quit\n")

    assert shown.exit_code == 0
    assert (
        "npm is not installed: profile 'offline' has no model for enlarge, extend, remove, "
        "segment, and leaves out speak/kokoro-bella, speak/kokoro-fenrir, speak/kokoro-george\n"
        "hint: install Node.js, which includes npm\n"
    ) in shown.stderr


def test_what_a_gpu_profile_would_pull_is_told_without_a_gpu_and_where_to_ask_for_access(
    batuta: Shell,
) -> None:
    shown = batuta("models", "pull", "--plan", "--profile", "gpu-24gb").stdout

    assert (
        "make_sound/stable-audio-open: accept its licence first, at "
        "https://huggingface.co/stabilityai/stable-audio-open-1.0"
    ) in shown


def test_a_profile_that_is_too_large_is_refused_before_anything_is_fetched(batuta: Shell) -> None:
    profiles = batuta.home / "home" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "huge.toml").write_text(
        'summary = "larger than any"\nlanguage_model = "openai:x"\n'
        'device = "cuda"\nmemory = 1_000_000_000_000_000\n'
    )

    shown = batuta("models", "pull", "--profile", "huge")

    assert shown.exit_code == 1
    assert "the profile 'huge' is made for a GPU with 1000000 GB" in shown.stderr
    assert "hint: use --profile " in shown.stderr
    assert not (batuta.home / "home" / "weights").exists()


def test_the_chat_keeps_names_between_requests_and_survives_errors(
    batuta: Shell, picture: Path
) -> None:
    replies = [
        "(read once to get ready)",
        'grey = grayscale(image1)\nsay("Grey: {grey}")',
        'say("{grey} again")',
    ]
    script = batuta.file("replies.txt", "\n---\n".join(replies))
    lines = ["/file missing.png", "hello", "/new", f"/file {picture}", "make it grey", "/names"]
    typed = "\n".join([*lines, "again", "/what", "/quit", ""])

    shown = batuta("chat", "--terminal", "--llm", f"scripted:{script}", typed=typed)

    assert shown.exit_code == 0
    assert "there is no file 'missing.png'" in shown.stderr
    assert "grey: a picture of 40×30 pixels" in shown.stderr
    assert "[grey] again" in shown.stdout
    assert "'/what' is not a command" in shown.stderr


def test_the_page_is_not_opened_to_other_machines_without_a_login(batuta: Shell) -> None:
    shown = batuta("chat", "--host", "0.0.0.0")

    assert shown.exit_code == 1
    assert "can be reached from other machines" in shown.stderr
    assert "hint: create a login with `batuta login NAME >> FILE`" in shown.stderr


def test_a_login_that_is_no_hash_is_refused(batuta: Shell, tmp_path: Path) -> None:
    (tmp_path / "logins").write_text("ann:correct horse")

    shown = batuta("chat", "--host", "0.0.0.0", "--logins", str(tmp_path / "logins"))

    assert shown.exit_code == 1
    assert "is not a name and a password's hash" in shown.stderr
    assert "horse" not in shown.stderr


def test_a_login_is_made_from_a_password_that_is_typed(batuta: Shell) -> None:
    shown = batuta("login", "ann", typed="correct horse\ncorrect horse\n")

    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1].startswith("ann:scrypt$16384$8$1$")
    assert "correct" not in shown.stdout
