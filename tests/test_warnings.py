"""The warning policy of pyproject.toml, applied to a library and a package of a few lines."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEPRECATIONS = ["DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"]

LIBRARY = """
import warnings

def deprecated(category):
    warnings.warn("the library will change", category, stacklevel=2)

def odd():
    warnings.warn("the library is in an odd state", UserWarning)

def odd_call():
    warnings.warn("the call is odd", UserWarning, stacklevel=2)
"""

PACKAGE = """
import library

def call(name, *arguments):
    getattr(library, name)(*arguments)
"""

TESTS = f"""
import asyncio
import gc
import warnings

import pytest

from agent.calls import call

@pytest.mark.parametrize("category", {DEPRECATIONS})
def test_deprecated(category):
    call("deprecated", getattr(__import__("builtins"), category))

def test_odd():
    call("odd")

def test_odd_call():
    call("odd_call")

def test_own():
    warnings.warn("the test is odd")

def test_unclosed_file():
    open(__file__)
    gc.collect()

def test_coroutine():
    asyncio.sleep(0)
    gc.collect()

def test_value():
    return 1
"""


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of pytest for these tests under the policy."""
    folder = tmp_path_factory.mktemp("policy")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    filters = settings["tool"]["pytest"]["ini_options"]["filterwarnings"]
    files = {
        "pytest.ini": "\n    ".join(["[pytest]\nfilterwarnings =", *filters]),
        "library.py": LIBRARY,
        "agent/__init__.py": "",
        "agent/calls.py": PACKAGE,
        "test_policy.py": TESTS,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-rA"]
    command += ["-p", "no:cacheprovider", "-p", "no:langsmith_plugin"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout


def outcome(summary: str, test: str) -> str:
    line = re.search(rf"^(PASSED|FAILED) test_policy\.py::{re.escape(test)}(?= |$)", summary, re.M)
    assert line, summary
    return line[1]


@pytest.mark.parametrize("category", DEPRECATIONS)
def test_a_deprecation_attributed_to_our_code_is_printed_and_not_fatal(
    summary: str, category: str
) -> None:
    assert outcome(summary, f"test_deprecated[{category}]") == "PASSED"
    assert f"calls.py:5: {category}: the library will change" in summary


def test_a_warning_attributed_to_a_library_is_printed_and_not_fatal(summary: str) -> None:
    assert outcome(summary, "test_odd") == "PASSED"
    assert "library.py:8: UserWarning: the library is in an odd state" in summary


@pytest.mark.parametrize("test", ["test_odd_call", "test_own"])
def test_any_other_warning_attributed_to_our_code_is_an_error(summary: str, test: str) -> None:
    assert outcome(summary, test) == "FAILED"


@pytest.mark.parametrize("test", ["test_unclosed_file", "test_coroutine"])
def test_what_is_not_closed_or_not_awaited_is_an_error(summary: str, test: str) -> None:
    assert outcome(summary, test) == "FAILED"


def test_a_warning_of_pytest_about_a_test_is_an_error(summary: str) -> None:
    assert outcome(summary, "test_value") == "FAILED"
