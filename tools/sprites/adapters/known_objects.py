"""What a checkpoint that knows a small world can make, and which of it a request names."""

from __future__ import annotations

import re

from tools import BadArgument

THINGS = "things.txt"
"""The file of such a checkpoint: a thing a line, its other names behind it."""


class KnownThings:
    """All that a maker knows; it is called so where it refuses something else."""

    def __init__(self, lines: str, maker: str) -> None:
        self.things = [line.split(", ") for line in lines.splitlines()]
        self.maker = maker

    def named_in(self, words: str) -> list[str]:
        """The things that these words name, each under its first name, in order."""
        said = f" {' '.join(re.findall(r'[a-z]+', words.lower()))} "
        found: list[tuple[int, str]] = []
        for names in self.things:
            places = [said.find(f" {name} ") for name in names]
            if first := [place for place in places if place >= 0]:
                found.append((min(first), names[0]))
        return [name for _, name in sorted(found)]

    def require(self, words: str) -> None:
        """Refuse words that name nothing known."""
        if not self.named_in(words):
            raise BadArgument(
                f"the {self.maker} knows none of the things in {words!r}; it knows: "
                + ", ".join(names[0] for names in self.things),
                hint="ask for one of these instead",
            )
