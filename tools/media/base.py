"""The base class of media: encode, decode, digest and describe."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

from tools.errors import InputError


class Media:
    """An immutable value that is stored as a file.

    `encode` gives the same bytes for the same content, so that equal results share one artifact.
    """

    kind: ClassVar[str]
    suffix: ClassVar[str]

    @property
    def file_suffix(self) -> str:
        """How the name of this file ends; a picture may be in one of several formats."""
        return self.suffix

    def encode(self) -> bytes:
        """Return the file content, in a format that other programs open."""
        raise TypeError(f"{type(self).__name__} cannot be kept as a file")

    def save(self, path: str | Path) -> None:
        """Write the content to a file with the suffix of this kind."""
        path = Path(path)
        if path.suffix.lower() != self.suffix:
            raise InputError(
                f"{self.kind} cannot be saved as {str(path)!r}: its suffix is {self.suffix!r}",
                hint=f"save it as {path.with_suffix(self.suffix).name!r}",
            )
        path.write_bytes(self.encode())

    @cached_property
    def digest(self) -> str:
        """The sha256 of the content, the key under which it is stored."""
        return hashlib.sha256(self.encode()).hexdigest()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the value that `encode` turned into these bytes."""
        raise TypeError(f"{cls.__name__} cannot be read from a file")

    def describe(self) -> str:
        """Describe the value in a few words, for a person or a language model."""
        raise TypeError(f"{type(self).__name__} has no description")
