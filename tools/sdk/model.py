"""The base class of models: a checkpoint in memory that performs a tool.

A tool that needs a model declares it as its first parameter:

    @tool
    def transcribe(model: Transcriber, audio: Audio) -> str: ...

The runtime then chooses a card of the catalogue, leases its model and passes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self


class Model:
    """The base class of adapters. One adapter serves every checkpoint of its kind.

    An adapter's module imports torch, onnxruntime and the like inside `load`, never at the top.
    """

    batched_methods: ClassVar[tuple[str, ...]] = ()
    """Methods that take a list of independent items and return one row for each: on a cluster, the
    items of several calls are passed at once."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        """Load the model from its weight files onto a device.

        `files` and `settings` have the keys of the card. The memory is freed by garbage collection
        after `unload`.
        """
        raise TypeError(f"{cls.__name__} does not say how it is loaded")

    def unload(self) -> None:
        """Drop all references that hold memory."""
        self.__dict__.clear()
