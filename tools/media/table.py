"""Rows of cells, and points in the space where pictures, sounds and words can be compared."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from tools.media.base import Media

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
    """A vector, or rows of them, and the model whose space they lie in."""

    kind: ClassVar[str] = "embedding"
    suffix: ClassVar[str] = ".json"

    values: tuple[float, ...]
    """One row after the other."""
    model: str
    rows: int = 1

    @classmethod
    def of(cls, rows: NDArray[np.float32], model: str) -> Self:
        """Rows of numbers, kept to four places."""
        return cls(tuple(round(each, 4) for each in rows.ravel().tolist()), model, len(rows))

    def array(self) -> NDArray[np.float32]:
        """(rows, numbers in each)"""
        import numpy as np

        return np.array(self.values, np.float32).reshape(self.rows, -1)

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        embedding = json.loads(data)
        return cls(tuple(embedding["values"]), embedding["model"], embedding.get("rows", 1))

    def describe(self) -> str:
        return f"an embedding of {self.rows} × {len(self.values) // self.rows} for {self.model}"
