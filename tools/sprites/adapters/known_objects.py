"""The vocabulary of objects that a small generator knows."""

from __future__ import annotations

import re

from tools import BadArgument

THINGS = "things.txt"
"""The checkpoint's vocabulary file: one object per line, followed by its synonyms."""


class KnownThings:
    """The objects that a generator knows; messages name it by `generator_name`."""

    def __init__(self, lines: str, maker: str) -> None:
        self.things = [line.split(", ") for line in lines.splitlines()]
        self.maker = maker

    def named_in(self, words: str) -> list[str]:
        """Return the first names of the objects in the text, in order."""
        said = f" {' '.join(re.findall(r'[a-z]+', words.lower()))} "
        found: list[tuple[int, str]] = []
        for names in self.things:
            places = [said.find(f" {name} ") for name in names]
            if first := [place for place in places if place >= 0]:
                found.append((min(first), names[0]))
        return [name for _, name in sorted(found)]

    def require(self, words: str) -> None:
        """Raise BadArgument if the text names no known object."""
        if not self.named_in(words):
            raise BadArgument(
                f"the {self.maker} knows none of the things in {words!r}; it knows: "
                + ", ".join(names[0] for names in self.things),
                hint="ask for one of these instead",
            )
