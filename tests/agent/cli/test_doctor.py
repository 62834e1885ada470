import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.doctor import Facts, Finding, LanguageModel, Weights, findings, gather, works
from agent.cli.doctor_command import table_of
from agent.cli.main import app
from agent.planner.llm.model_speed import Speed
from tools.models.download.missing_clients import ClientGap
from tools.models.download.programs import Program
from tools.models.machine_probe import Gpu, Machine

GB = 1_000_000_000
HEALTHY = Facts(
    profile="offline",
    model_memory_bytes=8 * GB,
    machine=Machine(
        python="3.12.1",
        torch="2.14.0",
        cores=4,
        load_average=0.5,
        memory_bytes=16 * GB,
        home=Path("/home/ann/.batuta"),
        home_writable=True,
        disk_free_bytes=50 * GB,
        npm=Program("npm", "/usr/bin/npm", "10.9.2"),
        chromium=Program("chromium", "/usr/bin/chromium", "Chromium 130"),
        gpu=None,
    ),
    hub_answers=True,
    gaps=(),
    weights=Weights(2 * GB, 2 * GB, (), ()),
    language_model=LanguageModel(
        "local:small", "llm/small", local=True, on_disk=True, speed=Speed(80, 30.55), error=""
    ),
    best_profile="offline",
)


def with_machine(**changes: object) -> Facts:
    return replace(HEALTHY, machine=replace(HEALTHY.machine, **changes))  # type: ignore[arg-type]


def with_language_model(**changes: object) -> Facts:
    model = replace(HEALTHY.language_model, **changes)  # type: ignore[arg-type]
    return replace(HEALTHY, language_model=model)


def finding(facts: Facts, name: str) -> Finding:
    return next(finding for finding in findings(facts) if finding.name == name)


def test_a_healthy_machine_has_no_fixes() -> None:
    report = findings(HEALTHY)

    assert works(report)
    assert [(finding.name, finding.text, finding.fix) for finding in report] == [
        ("Python", "3.12.1", ""),
        ("cores", "4 (load 0.5)", ""),
        ("memory", "16.0 GB; models may take 8.0 GB", ""),
        ("disk", "50.0 GB free for /home/ann/.batuta", ""),
        ("npm", "10.9.2", ""),
        ("Chromium", "Chromium 130", ""),
        ("GPU", "none; profile 'offline' needs none", ""),
        ("model hub", "Hugging Face answers", ""),
        ("weights", "2.0 of 2.0 GB of profile 'offline'", ""),
        ("language model", "local:small reads 80.0 and writes 30.6 tokens a second", ""),
        ("profile", "offline", ""),
    ]


def test_without_npm_the_missing_tools_and_voices_are_named_and_the_rest_works() -> None:
    gap = ClientGap("npm", "offline", ("enlarge", "extend"), ("speak/kokoro-bella",))
    facts = replace(with_machine(npm=Program("npm", "", "")), gaps=(gap,))

    npm = finding(facts, "npm")

    assert npm.state == "notice"
    assert npm.text == (
        "npm is not installed: profile 'offline' has no model for enlarge, extend, "
        "and leaves out speak/kokoro-bella"
    )
    assert npm.fix == gap.fix
    assert works(findings(facts))


@pytest.mark.parametrize(
    ("facts", "name", "text", "fix"),
    [
        (
            with_machine(home_writable=False),
            "disk",
            "/home/ann/.batuta cannot be written",
            "export BATUTA_HOME=/a/folder/on/a/larger/disk",
        ),
        (
            replace(
                with_machine(disk_free_bytes=GB),
                weights=Weights(0, 2 * GB, ("llm/small", "edges/hed"), ()),
            ),
            "disk",
            "1.0 GB free for /home/ann/.batuta; the weights need 2.0 GB",
            "export BATUTA_HOME=/a/folder/on/a/larger/disk",
        ),
        (
            replace(HEALTHY, weights=replace(HEALTHY.weights, too_large_models=("llm/small",))),
            "memory",
            "16.0 GB; models may take 8.0 GB: too little for llm/small",
            "",
        ),
        (
            with_machine(torch=""),
            "GPU",
            "torch cannot be imported",
            "python -m pip install --force-reinstall torch torchvision",
        ),
        (
            with_language_model(on_disk=False, speed=None),
            "language model",
            "local:small is not on this machine; Batuta cannot answer without it",
            "batuta models pull",
        ),
        (
            replace(with_language_model(on_disk=False, speed=None), profile="gpu-8gb"),
            "language model",
            "local:small is not on this machine; Batuta cannot answer without it",
            "batuta models pull --profile gpu-8gb",
        ),
        (
            with_language_model(speed=None, error="llama.cpp cannot load 'a.gguf'"),
            "language model",
            "local:small cannot be loaded: llama.cpp cannot load 'a.gguf'",
            "batuta models pull --verify",
        ),
    ],
)
def test_what_is_needed_and_does_not_work_is_a_problem_with_its_command(
    facts: Facts, name: str, text: str, fix: str
) -> None:
    assert finding(facts, name) == Finding(name, "problem", text, fix)
    assert not works(findings(facts))


@pytest.mark.parametrize(
    ("facts", "name", "text"),
    [
        (
            with_machine(load_average=8.0),
            "cores",
            "4 (load 8.0): other programs use them, answers will be slow",
        ),
        (
            replace(HEALTHY, weights=replace(HEALTHY.weights, too_large_models=("remove/migan",))),
            "memory",
            "16.0 GB; models may take 8.0 GB: too little for remove/migan",
        ),
        (
            with_machine(npm=Program("npm", "/usr/bin/npm", "")),
            "npm",
            "/usr/bin/npm does not start",
        ),
        (
            with_machine(chromium=Program("chromium", "", "")),
            "Chromium",
            "not installed; only `make test` needs it",
        ),
        (
            with_machine(gpu=Gpu("NVIDIA A100", 0)),
            "GPU",
            "NVIDIA A100, but torch 2.14.0 cannot use it",
        ),
        (
            replace(HEALTHY, hub_answers=False),
            "model hub",
            "Hugging Face does not answer; only profile 'offline' does without it",
        ),
        (
            replace(HEALTHY, weights=Weights(GB, 2 * GB, ("edges/hed",), ())),
            "weights",
            "1.0 of 2.0 GB of profile 'offline'; "
            "edges/hed is fetched when first used, or all at once",
        ),
        (
            with_language_model(speed=None),
            "language model",
            "local:small did not answer in 30 s: close other programs",
        ),
        (
            replace(HEALTHY, best_profile="gpu-24gb", hub_answers=False),
            "profile",
            "offline; gpu-24gb fits this GPU, but needs the model hub",
        ),
    ],
)
def test_what_is_not_needed_is_a_notice(facts: Facts, name: str, text: str) -> None:
    assert (finding(facts, name).state, finding(facts, name).text) == ("notice", text)
    assert works(findings(facts))


def test_a_gpu_is_told_with_the_largest_profile_that_fits() -> None:
    facts = replace(with_machine(gpu=Gpu("NVIDIA A100", 40 * GB)), best_profile="gpu-24gb")

    assert finding(facts, "GPU").text == "NVIDIA A100, 40.0 GB"
    assert (
        finding(facts, "profile").text == "gpu-24gb fits this GPU: use it with --profile gpu-24gb"
    )


def test_a_language_model_on_a_server_is_not_tested() -> None:
    facts = with_language_model(
        name="openai:large", card="", local=False, on_disk=False, speed=None
    )

    assert finding(facts, "language model").text == "openai:large; not tested"
    assert works(findings(facts))


def test_the_table_has_each_fix_below_its_finding() -> None:
    from rich.console import Console

    console = Console(width=60)
    report = (Finding("npm", "notice", "not installed", "brew install node"),)
    with console.capture() as capture:
        console.print(table_of(report))

    lines = [line.strip() for line in capture.get().splitlines()]
    assert lines == ["– npm not installed", "→ brew install node"]


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no programs, no weights and no hub; its home."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    return tmp_path / "home"


def test_an_empty_machine_is_gathered_without_fetching_anything(empty_machine: Path) -> None:
    facts = gather("offline", empty_machine)

    assert not facts.hub_answers
    assert facts.gaps[0].tools == ("enlarge", "extend", "remove", "segment")
    assert "llm/qwen2.5-coder-1.5b" in facts.weights.missing_models
    assert facts.weights.bytes_here < facts.weights.bytes_needed
    assert not facts.language_model.on_disk
    assert facts.machine.home == empty_machine
    assert not list(empty_machine.rglob("*.gguf"))


@pytest.mark.usefixtures("empty_machine")
def test_the_command_exits_with_1_where_the_language_model_is_missing() -> None:
    shown = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "200"})

    assert shown.exit_code == 1
    assert "→ batuta models pull" in shown.stdout
    assert shown.stdout.endswith("Batuta cannot work until the problems marked ✗ are solved\n")


@pytest.mark.usefixtures("empty_machine")
def test_json_holds_the_facts_and_the_findings() -> None:
    shown = CliRunner().invoke(app, ["doctor", "--json"])

    content = json.loads(shown.stdout)
    assert content["works"] is False
    assert content["facts"]["machine"]["npm"]["path"] == ""
    npm = next(finding for finding in content["findings"] if finding["name"] == "npm")
    assert npm["fix"] == "install Node.js, which includes npm"


def test_an_unknown_profile_is_wrong_usage(empty_machine: Path) -> None:
    shown = CliRunner().invoke(app, ["doctor", "--profile", "nope"])

    assert shown.exit_code == 2
    assert "there is no profile 'nope'" in shown.stderr
