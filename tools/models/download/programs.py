"""External programs that Batuta calls: their versions, and how to install them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tools.operating_system import is_administrator

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "npm": {"apt-get": "npm", "dnf": "npm", "pacman": "npm", "apk": "npm", "brew": "node"},
    "chromium": {
        "apt-get": "chromium",
        "dnf": "chromium",
        "pacman": "chromium",
        "apk": "chromium",
        "brew": "--cask chromium",
    },
}
"""The package that holds a program, by package manager."""
_INSTALL: Mapping[str, str] = {
    "apt-get": "apt-get install",
    "dnf": "dnf install",
    "pacman": "pacman -S",
    "apk": "apk add",
    "brew": "brew install",
}
_VERSION_S = 10.0
"""npm takes 0.3 s to report its version, and far longer on a cold disk."""


@dataclass(frozen=True)
class Program:
    """A program, and the version that it reports; no version where it is missing or broken."""

    name: str
    path: str
    version: str

    @property
    def works(self) -> bool:
        return bool(self.version)


def find_program(name: str) -> Program:
    """Find a program on the PATH and ask for its version."""
    path = shutil.which(name)
    if path is None:
        return Program(name, "", "")
    try:
        answer = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return Program(name, path, "")
    return Program(name, path, answer.stdout.strip())


def install_command(name: str) -> str:
    """Return the command that installs a program with this machine's package manager."""
    for manager, package in _PACKAGES[name].items():
        if shutil.which(manager):
            # Homebrew refuses to run as root.
            sudo = "" if manager == "brew" or is_administrator() else "sudo "
            return f"{sudo}{_INSTALL[manager]} {package}"
    return "install Node.js, which includes npm" if name == "npm" else f"install {name}"
