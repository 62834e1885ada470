"""Rows of cells, and points in the space where pictures, sounds and words can be compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar, Self

from tools.media.base import Media


@dataclass(frozen=True)
class Table(Media):
    """Named columns and rows of text or numbers."""

    kind: ClassVar[str] = "table"
    suffix: ClassVar[str] = ".json"

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]

    def encode(self) -> bytes:
        return json.dumps({"columns": self.columns, "rows": self.rows}, ensure_ascii=False).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        table = json.loads(data)
        return cls(tuple(table["columns"]), tuple(tuple(row) for row in table["rows"]))

    def describe(self) -> str:
        rows = (self.columns, *self.rows)
        return "\n".join(" | ".join(str(cell) for cell in row) for row in rows)


@dataclass(frozen=True)
class Embedding(Media):
    """A vector of length one, and the model whose space it lies in."""

    kind: ClassVar[str] = "embedding"
    suffix: ClassVar[str] = ".json"

    values: tuple[float, ...]
    model: str

    def encode(self) -> bytes:
        return json.dumps({"values": self.values, "model": self.model}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        embedding = json.loads(data)
        return cls(tuple(embedding["values"]), embedding["model"])

    def describe(self) -> str:
        return f"an embedding of {len(self.values)} numbers by {self.model}"
