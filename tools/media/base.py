"""What every medium can do: become bytes, come back, and be told in a few words."""

import hashlib
from functools import cached_property
from typing import ClassVar, Self


class Media:
    """An immutable value that is kept as a file.

    `encode` gives the same bytes for the same content, so that equal results share one artifact.
    """

    kind: ClassVar[str]
    suffix: ClassVar[str]

    def encode(self) -> bytes:
        """The content of the file, ready to be opened by other programs."""
        raise TypeError(f"{type(self).__name__} cannot be kept as a file")

    @cached_property
    def digest(self) -> str:
        """The sha256 of the content, by which it is stored and found again."""
        return hashlib.sha256(self.encode()).hexdigest()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The value that `encode` turned into these bytes."""
        raise TypeError(f"{cls.__name__} cannot be read from a file")

    def describe(self) -> str:
        """A few words for a person or a language model that cannot see it."""
        raise TypeError(f"{type(self).__name__} has no description")
