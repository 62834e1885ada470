"""Tables, and embeddings of images, audio and text."""

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
    """One or more embedding vectors, and the model of their embedding space."""

    kind: ClassVar[str] = "embedding"
    suffix: ClassVar[str] = ".json"

    values: tuple[float, ...]
    """The vectors, concatenated."""
    model: str
    rows: int = 1

    @classmethod
    def of(cls, rows: NDArray[np.float32], model: str) -> Self:
        """Create an embedding from rows, rounded to four decimal places."""
        return cls(tuple(round(value, 4) for value in rows.ravel().tolist()), model, len(rows))

    def array(self) -> NDArray[np.float32]:
        """Return the vectors as an array: (rows, dimensions)."""
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
