"""What a joint model is made of, as its config.json says."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from tools.atomic_write import write_whole

Medium = Literal["image", "video", "audio"]
CONFIG = "config.json"


class Generator(BaseModel):
    """A model that makes a medium, told by vectors instead of words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    """Of the catalogue."""
    width: PositiveInt
    """Numbers in each vector that its text encoder gives."""
    longest: PositiveInt
    """As many vectors it is told at most."""


class Finder(BaseModel):
    """A model in whose space known pictures lie, so that they can be found there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    width: PositiveInt
    """Numbers in the vector of a picture."""


class Shape(BaseModel):
    """The parts of a joint model, and how large those are that are trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: PositiveInt = 8
    """Of the LoRA in its attention."""
    eyes: str
    """The card of the model that looks at pictures, and at pictures of films."""
    ears: str
    """The card of the model that listens."""
    features: dict[Medium, PositiveInt]
    """Numbers in each vector that these give, for each medium that is taken in."""
    connector: Literal["linear", "mlp", "qformer", "perceiver"] = "mlp"
    slots: PositiveInt = 16
    """How many vectors of the language model stand for a medium."""
    signals: PositiveInt = 4
    """How many signal tokens ask for a medium."""
    told_width: PositiveInt = 256
    """Of the output connectors."""
    told_depth: PositiveInt = 2
    generators: dict[Medium, Generator]
    """What makes each medium that is given out."""
    finder: Finder | None = None
    """What knows the pictures of a folder, of which one may be found instead of made."""

    def write(self, folder: Path) -> None:
        write_whole(folder / CONFIG, self.model_dump_json(indent=2).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> Shape:
        return cls.model_validate_json(path.read_bytes())
