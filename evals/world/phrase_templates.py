"""The world's phrase templates, read from the files *phrases.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from math import prod
from typing import Literal, cast

from evals.world.seeded_random import SeededRandom
from evals.world.sprites import DATA

Phrasing = Literal["seen", "unseen", "varied"]
"""A wording of training, one that is held out from it, or one of training with more variety."""
ALTERNATIVES = re.compile(r"\(([^()]*)\)")
"""Alternatives in a varied template: "(draw|paint|) {scene}"."""
SEEN_SHARE = 0.25
"""The share of seen templates among varied ones."""


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


def choose_template(slot: str, phrasing: Phrasing, rng: SeededRandom) -> str:
    """Choose a template of a slot, and one of each of its alternatives."""
    if phrasing != "varied":
        return rng.choose(templates(slot, phrasing))
    varied = _SLOTS[slot].get("varied")
    if not varied or rng.chance(SEEN_SHARE):
        return rng.choose(templates(slot, "seen"))
    return ALTERNATIVES.sub(lambda match: rng.choose(match[1].split("|")), rng.choose(varied))


def count_wordings(slot: str, phrasing: Phrasing) -> int:
    """Return the number of different templates of a slot, alternatives multiplied."""
    return sum(
        prod(len(options.split("|")) for options in ALTERNATIVES.findall(template))
        for template in dict.fromkeys(_SLOTS[slot].get(phrasing, ()))
    )


def every_template(slot: str) -> tuple[str, ...]:
    """Return all templates of a slot, including those only used for parsing."""
    return tuple(
        dict.fromkeys(template for phrasings in _SLOTS[slot].values() for template in phrasings)
    )
