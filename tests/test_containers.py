"""Dockerfile and compose.yaml agree with the project and with each other.

No container engine runs here: what can be run without one is run, see docs/containers.md.
"""

from __future__ import annotations

import asyncio
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from agent.cli.main import app
from tests.agent.server.conftest import serve, server_home

__all__ = ["server_home"]

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@cache
def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with its continued lines as one."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    pairs = [line.strip().partition(" ") for line in lines if line.strip()]
    return [(name, rest.strip()) for name, _, rest in pairs]


def of(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def stages() -> dict[str, str]:
    """The parent of each stage, by its name."""
    froms = [re.fullmatch(r"(\S+) AS (\S+)", rest) for rest in of("FROM")]
    return {match[2]: match[1] for match in froms if match}


def arguments() -> dict[str, str]:
    return {
        name: value.strip('"') for name, _, value in (each.partition("=") for each in of("ARG"))
    }


def health_command(command: list[str]) -> tuple[str, int]:
    """The code of a health check, and the port that it asks."""
    *start, code = command
    assert start[-2:] == ["python", "-c"]
    (port,) = re.findall(r"http://127\.0\.0\.1:(\d+)/health'", code)
    return code, int(port)


def image_health_check() -> tuple[str, int]:
    (check,) = of("HEALTHCHECK")
    return health_command(json.loads(check.partition(" CMD ")[2]))


def parameters(name: str) -> dict[str, Any]:
    """The default of each option of a command of `batuta`."""
    command = typer.main.get_group(app).commands[name]
    return {option: each.default for each in command.params for option in each.opts}


def test_every_copied_path_exists_and_is_not_ignored() -> None:
    patterns = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert patterns[0] == "*"
    kept = {line.removeprefix("!") for line in patterns if line.startswith("!")}
    copied = {
        source
        for rest in of("COPY")
        if not rest.startswith("--from=")
        for source in shlex.split(rest)[:-1]
    }

    assert copied == kept
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_all_packages_are_in_the_image() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {tuple(rest.split()) for rest in of("COPY")}

    assert {(package, package) for package in packages} <= copied


def test_copies_from_other_stages_name_stages() -> None:
    names = re.findall(r"--from=(\S+)", " ".join(of("COPY")))

    assert set(names) <= stages().keys()
    for name, parent in stages().items():
        assert parent.startswith("${") or parent in stages(), name


def test_the_python_of_the_image_is_one_that_the_project_supports() -> None:
    version = re.search(r"python:(\d+\.\d+)", arguments()["PYTHON_IMAGE"])

    assert version
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{version[1]}.99")


def test_the_user_has_a_number_and_owns_the_volume() -> None:
    (user,) = of("USER")
    uid, gid = map(int, user.split(":"))
    (volume,) = of("VOLUME")
    (making,) = [run for run in of("RUN") if "install --directory" in run]

    assert uid > 0
    assert gid > 0
    assert f"--owner={uid} --group={gid} " in making
    assert making.endswith(volume)


def test_home_and_weights_are_in_the_volume() -> None:
    (volume,) = of("VOLUME")
    variables = dict(word.split("=", 1) for rest in of("ENV") for word in shlex.split(rest))

    assert variables["BATUTA_HOME"].startswith(f"{volume}/")
    assert variables["HOME"] == volume


def test_the_entry_point_is_the_console_script() -> None:
    (entry_point,) = map(json.loads, of("ENTRYPOINT"))

    assert entry_point == ["batuta"]
    assert entry_point[0] in {entry.name for entry in entry_points(group="console_scripts")}


def test_the_ports_are_those_of_the_commands() -> None:
    ports = {parameters(name)["--port"] for name in ("chat", "serve")}

    assert set(map(int, " ".join(of("EXPOSE")).split())) == ports
    (command,) = map(json.loads, of("CMD"))
    assert parameters(command[0])["--port"] == image_health_check()[1]


def test_the_extras_exist_and_the_listed_requirements_are_those_of_the_project(
    tmp_path: Path,
) -> None:
    extras = arguments()["EXTRAS"].split()
    optional = PROJECT["project"]["optional-dependencies"]
    (run,) = [run for run in of("RUN") if "tomllib" in run]
    words = shlex.split(run.partition(" > ")[0])
    code = words[words.index("-c") + 1]
    listed = subprocess.run(
        [sys.executable, "-c", code, *extras], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.splitlines()

    assert "$EXTRAS" in words
    expected = [
        *PROJECT["project"]["dependencies"],
        *(line for e in extras for line in optional[e]),
    ]
    assert [str(Requirement(line)) for line in listed] == [str(Requirement(e)) for e in expected]
    named = {name for run in of("RUN") for name in re.findall(r"'\.\[(\w+)\]'", run)}
    assert named == {"gpu"}
    assert named <= optional.keys()


@pytest.mark.parametrize("index", ["", "the-index"])
def test_torch_is_installed_from_its_own_index_if_there_is_one(index: str, tmp_path: Path) -> None:
    (run,) = [run for run in of("RUN") if "TORCH_INDEX" in run]
    script = re.sub(r"^--mount=\S+\s+", "", run)
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\necho "$@"\n')
    pip.chmod(0o755)

    shown = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "TORCH_INDEX": index},
    ).stdout

    expected = "install --constraint constraints.txt --index-url the-index torch torchvision\n"
    assert shown == (expected if index else "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_a_command_on_loopback_and_asks_its_own_port(name: str) -> None:
    service = SERVICES[name]
    command, *words = service["command"]
    options = dict(zip(words[::2], words[1::2], strict=True))
    test = service.get("healthcheck", {}).get("test")
    assert test is None or test[0] == "CMD"
    port = health_command(test[1:])[1] if test else image_health_check()[1]

    assert options.keys() <= parameters(command).keys()
    assert options["--host"] == "127.0.0.1"
    assert int(options["--port"]) == parameters(command)["--port"] == port
    # Loopback of the host: the servers refuse other addresses without keys and logins.
    assert service["network_mode"] == "host"
    assert "ports" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_builds_a_stage_with_arguments_that_it_has(name: str) -> None:
    build = SERVICES[name]["build"]

    assert build["target"] in stages()
    assert SERVICES[name]["image"] == f"batuta:{build['target']}"
    assert set(build.get("args", {})) <= arguments().keys()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_writes_to_the_volume_and_to_tmp_alone(name: str) -> None:
    service = SERVICES[name]
    (mount,) = service["volumes"]
    volume, _, target = mount.partition(":")

    assert volume in COMPOSE["volumes"]
    assert [target] == of("VOLUME")
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]


def test_only_the_profile_gpu_reserves_gpus() -> None:
    with_gpu = {name for name, service in SERVICES.items() if "deploy" in service}

    assert with_gpu == {"chat-gpu", "api-gpu"}
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["gpu"]} == (
        with_gpu
    )
    assert {SERVICES[name]["build"]["target"] for name in with_gpu} == {"cuda"}


@pytest.mark.slow
async def test_the_health_check_succeeds_only_while_the_server_answers(server_home: Path) -> None:
    code, port = image_health_check()
    async with serve(server_home) as api:
        own_port = str(httpx.URL(api.url).port)
        code = code.replace(str(port), own_port)
        process = await subprocess_of(code)
        assert process == 0
    assert await subprocess_of(code) != 0


async def subprocess_of(code: str) -> int:
    """The exit code of Python code in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


def test_nothing_that_is_private_is_in_the_build_context() -> None:
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [line.removeprefix("!") for line in patterns if line.startswith("!")]

    for name in (".venv", ".git", "docs", "tests", "eval-runs", "demo-results"):
        assert not any(fnmatch.fnmatch(name, pattern) for pattern in kept)
