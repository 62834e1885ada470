"""The list of objects in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

from evals.world.sprites import ObjectKind


def object_list(kinds: Mapping[str, ObjectKind]) -> str:
    """List each object's names, singular and plural, one object a line."""
    names = (
        dict.fromkeys([name, kind.plural, *kind.words, *kind.words.values()])
        for name, kind in kinds.items()
    )
    return "".join(f"{', '.join(synonyms)}\n" for synonyms in names)
