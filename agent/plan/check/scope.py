"""Which names can be used at a place in a plan, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.sdk.plan_types import Type, common_type


@dataclass
class Scope:
    """The names known after some lines of a plan."""

    types: dict[str, Type]
    """Names that have a value here, whichever way the plan took."""
    lines: dict[str, int] = field(default_factory=dict[str, int])
    """Where a name was given, perhaps only in some branch: it cannot be given again."""

    def copy(self) -> Scope:
        return Scope(dict(self.types), dict(self.lines))

    def merge(self, branches: Sequence[Scope]) -> dict[str, list[Type]]:
        """Go on after the branches of an `if`.

        A name has a value now if every branch gives it one of a common type. What comes back are
        the names whose types have nothing in common.
        """
        clashes: dict[str, list[Type]] = {}
        for branch in branches:
            for name, line in branch.lines.items():
                self.lines.setdefault(name, line)
        for name in branches[0].types:
            found = [branch.types.get(name) for branch in branches]
            if name in self.types or None in found:
                continue
            kinds = [kind for kind in found if kind]
            common: Type | None = kinds[0]
            for kind in kinds[1:]:
                common = common and common_type(common, kind)
            if common:
                self.types[name] = common
            else:
                clashes[name] = kinds
        return clashes


def plain(kind: Type) -> Type:
    """The type without the words that a text written in the plan is known to be."""
    return replace(kind, item=plain(kind.item) if kind.item else None, choices=())


def show_names(types: Mapping[str, Type]) -> str:
    """`image1, audio1` — the last few, which are the likeliest to be meant."""
    return ", ".join(list(types)[-8:])
