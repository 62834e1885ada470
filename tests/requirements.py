"""What some tests need beside Python: weights and programs.

A test whose requirement is missing is skipped. In CI it fails, so that nothing goes unnoticed.
"""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from tools.home import home
from tools.models.catalogue import Card, Catalogue
from tools.models.download import plan_pull
from tools.models.profile import Profile

ROOT = Path(__file__).parents[1]
_TARGETS = {"clients": "clients", "smolagents": "clients", "webui": "webui"}
"""The make target that installs each environment of foreign programs."""


def report_missing(reason: str) -> NoReturn:
    """Skip the test for this reason; fail it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_program(name: str) -> str:
    """Return the path of a program that apt installs under its own name."""
    if path := shutil.which(name):
        return path
    report_missing(f"there is no {name}; install it with: apt-get install {name}")


def require_environment(name: str, program: str = "python") -> Path:
    """Return a program of an environment of its own, which a make target installs.

    CI does not install them, so a missing one skips the test there too.
    """
    path = ROOT / f".venv-{name}" / "bin" / program
    if not path.exists():
        pytest.skip(f"there is no {path.relative_to(ROOT)}; install it with: make {_TARGETS[name]}")
    return path


def require_weights(*card_ids: str) -> None:
    """Require the weights of these cards in the home folder, without fetching any."""
    for card in map(_catalogue(home()).__getitem__, card_ids):
        if not _is_present(card):
            _report_missing_weights(card)


def require_profile_weights() -> None:
    """Require all weights that `make models` fetches."""
    require_weights(*(card.id for card in _profile(home()).required_cards()))


def _report_missing_weights(card: Card) -> NoReturn:
    if card.id in (needed.id for needed in _profile(home()).required_cards()):
        report_missing(f"the weights of {card.id} are not here; fetch them with: make models")
    # CI has the weights of the profile alone.
    pytest.skip(f"the weights of {card.id} are not here, and `make models` does not fetch them")


def _is_present(card: Card) -> bool:
    return all(item.present for item in plan_pull([card]))


@cache
def _catalogue(folder: Path) -> Catalogue:
    return Catalogue.load(folder)


@cache
def _profile(folder: Path) -> Profile:
    return Profile.load("offline", _catalogue(folder))
