"""The forms in which a model can be in memory: which numbers it is made of, and where they lie.

A full-size card names several, the best first. A profile takes the first that fits its memory, and
the smaller ones are tried when even that one runs out of memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Offload = Literal["", "model", "group"]
"""What waits in the computer's own memory until it is its turn: nothing, whole networks (text
encoder, denoiser, decoder), or groups of their layers."""


@dataclass(frozen=True)
class Form:
    """One way to hold a model in memory."""

    dtype: Literal["float32", "bfloat16", "float16"]
    memory_bytes: int
    """What its weights take on the device; with an offload, the most that lie there at once."""
    offload: Offload = ""

    @property
    def name(self) -> str:
        """How it is told from the other forms of its model: `bfloat16`, `bfloat16-group`."""
        return f"{self.dtype}-{self.offload}" if self.offload else self.dtype

    @property
    def settings(self) -> Mapping[str, str]:
        """What it adds to the settings that the adapter gets."""
        return {"dtype": self.dtype, "offload": self.offload}

    def describe(self) -> str:
        parts = {"model": ", one network at a time", "group": ", some layers at a time"}
        return f"{self.dtype}{parts.get(self.offload, '')} ({self.memory_bytes / 1e9:.1f} GB)"
