"""The phrasings of the world, read from the files *phrases.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal, cast

from evals.world.sprites import DATA

Phrasing = Literal["seen", "unseen"]


def _read() -> dict[str, dict[str, tuple[str, ...]]]:
    slots: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted(DATA.glob("*phrases.toml")):
        about = path.stem.removesuffix("phrases").rstrip("_")
        with path.open("rb") as file:
            found = cast("dict[str, dict[str, list[str]]]", tomllib.load(file))
        for name, phrasings in found.items():
            slot = f"{about}: {name}" if about else name
            slots[slot] = {key: tuple(templates) for key, templates in phrasings.items()}
    return slots


_SLOTS: Mapping[str, Mapping[str, tuple[str, ...]]] = _read()


def templates(slot: str, phrasing: Phrasing) -> tuple[str, ...]:
    """The ways to say it that belong to this phrasing."""
    return _SLOTS[slot][phrasing]


def every_template(slot: str) -> tuple[str, ...]:
    """All ways to say it, those that are only ever heard included."""
    return tuple(dict.fromkeys(template for found in _SLOTS[slot].values() for template in found))
