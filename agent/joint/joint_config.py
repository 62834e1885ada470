"""The configuration of a joint model: its config.json."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PositiveInt

from tools.atomic_write import write_atomically

Medium = Literal["image", "video", "audio"]
CONFIG = "config.json"


class GeneratorConfig(BaseModel):
    """A generator of one medium, conditioned on vectors instead of text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    """Its id in the catalogue."""
    width: PositiveInt
    """The size of each vector that its text encoder returns."""
    max_vectors: PositiveInt = Field(validation_alias=AliasChoices("max_vectors", "longest"))
    """The maximum number of conditioning vectors."""


class RetrieverConfig(BaseModel):
    """A model whose embedding space images are retrieved in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    width: PositiveInt
    """The size of an image embedding."""


class JointShape(BaseModel):
    """The parts of a joint model and the sizes of trained layers.

    Fields of earlier versions are read under their earlier names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: PositiveInt = 8
    """The rank of the LoRA."""
    vision_encoder: str = Field(validation_alias=AliasChoices("vision_encoder", "eyes"))
    """The card of the vision encoder, which also reads video frames."""
    audio_encoder: str = Field(validation_alias=AliasChoices("audio_encoder", "ears"))
    """The card of the audio encoder."""
    features: dict[Medium, PositiveInt]
    """The feature size of the encoder of each medium that is read."""
    connector: Literal["linear", "mlp", "qformer", "perceiver"] = "mlp"
    slots: PositiveInt = 16
    """The number of embeddings that represent one medium."""
    signals: PositiveInt = 4
    """The number of signal tokens that request one medium."""
    output_width: PositiveInt = Field(
        default=256, validation_alias=AliasChoices("output_width", "told_width")
    )
    """The width of the output connectors."""
    output_depth: PositiveInt = Field(
        default=2, validation_alias=AliasChoices("output_depth", "told_depth")
    )
    """Their number of layers."""
    generators: dict[Medium, GeneratorConfig]
    """The generator of each medium that can be requested."""
    retriever: RetrieverConfig | None = Field(
        default=None, validation_alias=AliasChoices("retriever", "finder")
    )
    """The encoder of a folder's images, one of which may be retrieved instead of generated."""

    def write(self, folder: Path) -> None:
        write_atomically(folder / CONFIG, self.model_dump_json(indent=2).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> JointShape:
        return cls.model_validate_json(path.read_bytes())
