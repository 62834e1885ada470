"""The vocabulary of objects that a small generator knows."""

from __future__ import annotations

import re

from tools import BadArgument

OBJECTS_FILE = "things.txt"
"""The checkpoint's vocabulary file: one object per line, followed by its synonyms."""


class KnownObjects:
    """The objects that a generator knows; messages name it by `generator_name`."""

    def __init__(self, lines: str, generator_name: str) -> None:
        self.objects = [line.split(", ") for line in lines.splitlines()]
        self.generator_name = generator_name

    def objects_in(self, text: str) -> list[str]:
        """Return the first names of the objects in the text, in order."""
        normalised = f" {' '.join(re.findall(r'[a-z]+', text.lower()))} "
        matches: list[tuple[int, str]] = []
        for names in self.objects:
            positions = [normalised.find(f" {name} ") for name in names]
            if first := [position for position in positions if position >= 0]:
                matches.append((min(first), names[0]))
        return [name for _, name in sorted(matches)]

    def require(self, text: str) -> None:
        """Raise BadArgument if the text names no known object."""
        if not self.objects_in(text):
            raise BadArgument(
                f"the {self.generator_name} knows none of the things in {text!r}; it knows: "
                + ", ".join(names[0] for names in self.objects),
                hint="ask for one of these instead",
            )
