"""Track the names in scope and their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.sdk.plan_types import Type, common_type


@dataclass
class Scope:
    """The names in scope after some lines of a plan."""

    types: dict[str, Type]
    """Names that have a value here, whichever branches ran."""
    lines: dict[str, int] = field(default_factory=dict[str, int])
    """The line that assigns a name, perhaps in one branch only: it cannot be assigned again."""

    def copy(self) -> Scope:
        return Scope(dict(self.types), dict(self.lines))

    def merge(self, branches: Sequence[Scope]) -> dict[str, list[Type]]:
        """Merge the scopes of the branches of an `if` into this one.

        A name has a value afterwards if every branch assigns it one of a common type. Returns the
        names whose types have no common type.
        """
        clashes: dict[str, list[Type]] = {}
        for branch in branches:
            for name, line in branch.lines.items():
                self.lines.setdefault(name, line)
        for name in branches[0].types:
            branch_types = [branch.types.get(name) for branch in branches]
            if name in self.types or None in branch_types:
                continue
            kinds = [kind for kind in branch_types if kind]
            common: Type | None = kinds[0]
            for kind in kinds[1:]:
                common = common and common_type(common, kind)
            if common:
                self.types[name] = common
            else:
                clashes[name] = kinds
        return clashes


def without_choices(kind: Type) -> Type:
    """Return the type without the known value of a text literal."""
    return replace(kind, item=without_choices(kind.item) if kind.item else None, choices=())


def show_recent_names(types: Mapping[str, Type]) -> str:
    """Return the last eight names: the most likely ones."""
    return ", ".join(list(types)[-8:])
