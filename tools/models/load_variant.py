"""Load variants of a model: the number format of its weights, and what is offloaded.

A full-size card lists several variants, the best first. A profile uses the first that fits its
memory; the smaller ones are tried when even that one runs out of memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

Offload = Literal["", "model", "group"]
"""What stays in CPU memory until it is needed: nothing, whole networks (text encoder, denoiser,
decoder), or groups of their layers."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LoadVariant:
    """One way to hold a model in memory."""

    dtype: Literal["float32", "bfloat16", "float16"]
    memory_bytes: PositiveInt
    """The size of its weights on the device; with offloading, of those on it at the same time."""
    offload: Offload = ""

    def in_float32(self) -> LoadVariant:
        """Return the variant with weights in full precision."""
        if self.dtype == "float32":
            return self
        return LoadVariant("float32", 2 * self.memory_bytes, self.offload)

    @property
    def name(self) -> str:
        """The name among the variants of a model: `bfloat16`, `bfloat16-group`."""
        return f"{self.dtype}-{self.offload}" if self.offload else self.dtype

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings passed to the adapter, besides those of the card."""
        return {"dtype": self.dtype, "offload": self.offload}

    def describe(self) -> str:
        suffixes = {"model": ", one network at a time", "group": ", some layers at a time"}
        return f"{self.dtype}{suffixes.get(self.offload, '')} ({self.memory_bytes / 1e9:.1f} GB)"
