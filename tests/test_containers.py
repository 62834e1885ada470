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
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import typer
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from agent.cli.main import app
from agent.cluster.ray_address import RayAddress
from tests.agent.server.conftest import serve, server_home

__all__ = ["server_home"]

ROOT = Path(__file__).parents[1]
CLIENT_PORT = "--ray-client-server-port"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
ALL_SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVICES = {
    name: service
    for name, service in ALL_SERVICES.items()
    if service["image"].startswith("batuta:") and "entrypoint" not in service
}
"""The services that run a command of `batuta`."""
OTHER_SERVICES = ["postgres", "ray", "s3"]


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
    tag = "scale" if SERVICES[name].get("profiles") == ["scale"] else build["target"]
    assert SERVICES[name]["image"] == f"batuta:{tag}"
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


def test_the_profile_scale_has_all_that_several_front_processes_share() -> None:
    of_profile = {name for name, item in ALL_SERVICES.items() if item.get("profiles") == ["scale"]}
    front = ALL_SERVICES["api-scale"]

    assert of_profile == {"api-scale", *OTHER_SERVICES}
    assert set(front["depends_on"]) == set(OTHER_SERVICES)
    for name, dependency in front["depends_on"].items():
        assert dependency["condition"] == "service_healthy"
        assert ALL_SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_the_front_process_of_the_profile_scale_reaches_the_others() -> None:
    front, ray = ALL_SERVICES["api-scale"], ALL_SERVICES["ray"]
    options = dict(zip(front["command"][1::2], front["command"][2::2], strict=True))
    postgres, store = ALL_SERVICES["postgres"], ALL_SERVICES["s3"]
    database = urlsplit(options["--database"])
    bucket = urlsplit(options["--artifacts"])
    workers = RayAddress.parse(options["--workers"])

    assert workers.client_port == int(ray["command"][ray["command"].index(CLIENT_PORT) + 1])
    assert workers.is_loopback
    assert postgres["ports"] == [f"127.0.0.1:{database.port}:5432"]
    assert postgres["environment"]["POSTGRES_USER"] == database.username
    assert postgres["environment"]["POSTGRES_DB"] == database.path.strip("/")
    assert postgres["environment"]["POSTGRES_PASSWORD"] == front["environment"]["PGPASSWORD"]
    assert (bucket.scheme, bucket.netloc) == ("s3", store["environment"]["S3_BUCKET"])
    assert store["ports"] == [
        front["environment"]["AWS_ENDPOINT_URL"].removeprefix("http://") + ":8333"
    ]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert store["environment"][name] == front["environment"][name] == ray["environment"][name]


def test_the_image_of_the_profile_scale_has_the_extras_that_its_options_need() -> None:
    optional = PROJECT["project"]["optional-dependencies"]
    extras = ALL_SERVICES["ray"]["build"]["args"]["EXTRAS"].split()

    assert {"postgres", "ray", "s3"} <= set(extras) <= optional.keys()
    assert ALL_SERVICES["ray"]["build"] == ALL_SERVICES["api-scale"]["build"]
    assert {
        volume.partition(":")[0] for item in ALL_SERVICES.values() for volume in item["volumes"]
    } == set(COMPOSE["volumes"])


@pytest.mark.ray
@pytest.mark.slow
def test_the_commands_of_the_service_ray_start_a_node_and_check_it() -> None:
    if find_spec("ray") is None:
        pytest.skip("needs Ray: pip install 'batuta[ray]'")
    ray = ALL_SERVICES["ray"]
    program = [sys.executable, "-m", "ray.scripts.scripts"]
    check = [*program, *ray["healthcheck"]["test"][2:]]
    assert [*ray["entrypoint"], ray["command"][0]] == ["ray", "start"]
    assert ray["healthcheck"]["test"][:2] == ["CMD", "ray"]
    # Small, so that it fits beside other tests; all else as in compose.yaml.
    small = ["--num-cpus", "1", "--object-store-memory", "80000000"]

    assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    node = subprocess.Popen(
        [*program, *ray["command"], *small], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end_time = time.monotonic() + 120
        while subprocess.run(check, capture_output=True, check=False).returncode != 0:
            assert node.poll() is None
            assert time.monotonic() < end_time
            time.sleep(1)
        port = int(ray["command"][ray["command"].index(CLIENT_PORT) + 1])
        while not _listens(port):
            assert time.monotonic() < end_time
            time.sleep(0.5)
    finally:
        node.terminate()
        node.wait(timeout=60)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


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
