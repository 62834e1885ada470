"""The world's phrase templates, read from the files *phrases.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal, cast

from evals.world.sprites import DATA

Phrasing = Literal["seen", "unseen"]


def _read_slots() -> dict[str, dict[str, tuple[str, ...]]]:
    slots: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted(DATA.glob("*phrases.toml")):
        prefix = path.stem.removesuffix("phrases").rstrip("_")
        with path.open("rb") as file:
            table = cast("dict[str, dict[str, list[str]]]", tomllib.load(file))
        for name, phrasings in table.items():
            slot = f"{prefix}: {name}" if prefix else name
            slots[slot] = {key: tuple(templates) for key, templates in phrasings.items()}
    return slots


_SLOTS: Mapping[str, Mapping[str, tuple[str, ...]]] = _read_slots()


def templates(slot: str, phrasing: Phrasing) -> tuple[str, ...]:
    """Return the templates of a slot in one phrasing."""
    return _SLOTS[slot][phrasing]


def every_template(slot: str) -> tuple[str, ...]:
    """Return all templates of a slot, including those only used for parsing."""
    return tuple(
        dict.fromkeys(template for phrasings in _SLOTS[slot].values() for template in phrasings)
    )
