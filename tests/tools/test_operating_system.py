"""Files are locked between processes, and what only one system has is in one module."""

import ast
import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.operating_system import (
    link_file,
    load_average,
    on_interrupt,
    peak_bytes,
    physical_memory_bytes,
    try_lock,
    usable_cores,
    wait_for_lock,
)

ROOT = Path(__file__).parents[2]
MODULE = "tools/operating_system.py"
MODULES = {
    "crypt", "fcntl", "grp", "msvcrt", "posix", "pty", "pwd", "readline", "resource", "syslog",
    "termios", "tty", "winreg",
}  # fmt: skip
ATTRIBUTES = {
    "os": {
        "fork", "forkpty", "geteuid", "getgid", "getloadavg", "getpgid", "getuid", "killpg",
        "mkfifo", "register_at_fork", "sched_getaffinity", "setsid", "symlink", "sysconf", "uname",
        "wait", "waitpid",
    },
    "signal": {"SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGXCPU", "alarm"},
    "socket": {"AF_UNIX", "socketpair"},
}  # fmt: skip
METHODS = {"add_signal_handler", "remove_signal_handler", "symlink_to", "hardlink_to"}


def what_one_system_lacks(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names} & MODULES
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module} & MODULES
                found |= {name.name for name in names} & ATTRIBUTES.get(module, set())
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in ATTRIBUTES.get(
                owner, ()
            ):
                found.add(f"{owner}.{name}")
            case ast.Attribute(attr=name) if name in METHODS:
                found.add(name)
    return found


def test_what_windows_or_macos_lacks_is_used_in_one_module_only() -> None:
    guilty = {
        path.relative_to(ROOT).as_posix(): sorted(names)
        for layer in ("agent", "tools", "prompts")
        for path in (ROOT / layer).rglob("*.py")
        if (names := what_one_system_lacks(path))
    }

    assert "fcntl" in guilty.pop(MODULE)
    assert not guilty


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports as it is loaded, of those that a system lacks."""
    return {
        alias.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import)
        for alias in node.names
    } & MODULES


def test_evaluations_and_tests_can_be_imported_on_every_system() -> None:
    guilty = {
        path.relative_to(ROOT).as_posix(): sorted(names)
        for layer in ("evals", "train", "tests")
        for path in (ROOT / layer).rglob("*.py")
        if (names := imports_of(path))
    }

    assert not guilty


def test_a_lock_holds_between_processes_and_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = (
        "import sys; from tools.operating_system import try_lock\n"
        "file = open(sys.argv[1], 'w'); print(try_lock(file), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, cwd=ROOT,
    ) as other:  # fmt: skip
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "True\n"
        with path.open("r+") as file:
            assert not try_lock(file)
            assert not try_lock(file, shared=True)
        other.kill()
        other.wait()

    with path.open("r+") as file:
        wait_for_lock(file)
        with path.open("r+") as second:
            assert not try_lock(second)
    with path.open("r+") as file:
        assert try_lock(file, shared=True)


def test_a_linked_file_has_the_content_of_the_first(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a").write_text("weights")
    link_file(tmp_path / "a", tmp_path / "b")
    # As on Windows, without symbolic links.
    monkeypatch.setattr("tools.operating_system.sys.platform", "win32")
    link_file(tmp_path / "a", tmp_path / "c")

    assert (tmp_path / "b").read_text() == (tmp_path / "c").read_text() == "weights"


def test_the_machine_is_measured() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
    assert load_average() >= 0
    assert 10**8 < peak_bytes() + 10**8 < physical_memory_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
async def test_an_interrupt_calls_the_function_and_nothing_else() -> None:
    pressed = asyncio.Event()
    with on_interrupt(asyncio.get_running_loop(), pressed.set):
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(pressed.wait(), 5)

    assert pressed.is_set()
