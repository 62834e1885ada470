"""A checkpoint in memory, able to perform one tool.

A tool that needs one says so by its first parameter:

    @tool
    def transcribe(model: Transcriber, audio: Audio) -> str: ...

The runtime then chooses a card of the catalogue, leases the model it describes and passes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self


class Model:
    """What every adapter is. One adapter serves every checkpoint of its kind.

    An adapter's module imports torch, onnxruntime and the like inside `load`, never at its top.
    """

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        """The model that these weight files hold, on that device.

        `files` and `settings` are keyed as in the card; unload is garbage collection after
        `unload`.
        """
        raise TypeError(f"{cls.__name__} does not say how it is loaded")

    def unload(self) -> None:
        """Let go of everything that keeps memory."""
        self.__dict__.clear()
