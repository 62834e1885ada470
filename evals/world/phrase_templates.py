"""The world's phrase templates, read from the files *phrases.toml."""

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
    """Return the templates of a slot in one phrasing."""
    return _SLOTS[slot][phrasing]


def every_template(slot: str) -> tuple[str, ...]:
    """Return all templates of a slot, including those only used for parsing."""
    return tuple(dict.fromkeys(template for found in _SLOTS[slot].values() for template in found))
