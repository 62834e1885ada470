import sys
from pathlib import Path

import pytest

from tools.models.download.programs import Program, find_program, install_command


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def write_program(folder: Path, name: str, script: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_program_is_found_with_its_version(programs: Path) -> None:
    path = write_program(programs, "npm", "echo 10.9.2")

    program = find_program("npm")

    assert program == Program("npm", str(path), "10.9.2")
    assert program.works


def test_a_program_that_is_not_there_has_no_path(programs: Path) -> None:
    assert find_program("npm") == Program("npm", "", "")


def test_a_program_that_does_not_start_has_no_version(programs: Path) -> None:
    path = write_program(programs, "npm", "exit 127")

    program = find_program("npm")

    assert program == Program("npm", str(path), "")
    assert not program.works


def test_the_package_manager_of_the_machine_installs_a_program(programs: Path) -> None:
    write_program(programs, "brew")

    assert install_command("npm") == "brew install node"
    assert install_command("chromium") == "brew install --cask chromium"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no apt")
def test_apt_needs_the_rights_of_the_superuser(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(programs, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert install_command("npm") == "sudo apt-get install npm"


def test_without_a_package_manager_a_person_is_told_what_to_install(programs: Path) -> None:
    assert install_command("npm") == "install Node.js, which includes npm"
    assert install_command("chromium") == "install chromium"
